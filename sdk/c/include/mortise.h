/// Write plugins for Mortise in C: this header is all that a plugin includes.
///
/// One call, one instance: a plugin keeps nothing in memory between calls, neither sleeps nor
/// retries, and never sees a secret. It says what happened; the engine does the rest.
///
/// A failure is a decision, and the first one of a call sticks. What cannot go on returns `NULL`,
/// and every function here takes the `NULL` of another one and passes it on. So a chain of calls
/// needs one look at its end, and often none:
///
///     mortise_request *request = mortise_post("https://api.acme.example/messages");
///     mortise_idempotent(request);
///     mortise_body_json(request, message);
///     return mortise_done(mortise_answer(mortise_ok(mortise_send(request)), POSTED));
///
/// The parts, in the order in which they are best read:
#ifndef MORTISE_H
#define MORTISE_H

#define MORTISE_SDK_VERSION "0.1.0"

#include "mortise/memory.h"

#include "mortise/json.h"

#include "mortise/schema.h"

#include "mortise/failure.h"

#include "mortise/http.h"

#include "mortise/events.h"

#include "mortise/actions.h"

#include "mortise/batch.h"

#include "mortise/explore.h"

#include "mortise/transform.h"

#include "mortise/host.h"

#include "mortise/plugin.h"

#endif
