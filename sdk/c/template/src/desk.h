/// What every operation needs of the application Desk.
#ifndef DESK_H
#define DESK_H

#include "mortise.h"

/// JSON Schema of a connection's settings.
extern const char DESK_SETTINGS[];

/// The ways to authenticate: the host sends the token with each request, and checks webhooks with the
/// signing secret.
extern const char DESK_AUTHENTICATION[];

/// A ticket as Desk writes it.
#define DESK_TICKET                                                                                                    \
    MORTISE_JSON({                                                                                                     \
        "type": "object",                                                                                              \
        "required": ["id", "subject", "status", "created_at"],                                                         \
        "properties": {                                                                                                \
            "id": {"type": "string"},                                                                                  \
            "subject": {"type": "string"},                                                                             \
            "status": {"enum": ["open", "closed"]},                                                                    \
            "created_at": {"type": "string"}                                                                           \
        }                                                                                                              \
    })

/// A ticket as workflows see it.
#define TICKET                                                                                                         \
    MORTISE_JSON({                                                                                                     \
        "type": "object",                                                                                              \
        "required": ["id", "subject", "status", "created-at"],                                                         \
        "properties": {                                                                                                \
            "id": {"type": "string"},                                                                                  \
            "subject": {"type": "string"},                                                                             \
            "status": {"type": "string", "enum": ["open", "closed"]},                                                  \
            "created-at": {"type": "string", "format": "date-time"}                                                    \
        }                                                                                                              \
    })

/// From the one to the other.
mortise_json *desk_ticket(const mortise_json *answer);

/// An address of Desk: the path behind the connection's `base-url`.
char *desk_url(const char *path);

/// Sends a request and reads the answer, which has to fit the schema. Desk's errors become failures
/// with its own words.
const mortise_json *desk_send(mortise_request *request, const char *schema);

/// Shows that the token works.
mortise_account *desk_check(void);

#endif
