/// What went wrong, and what the engine should do about it.
#ifndef MORTISE_FAILURE_H
#define MORTISE_FAILURE_H

#include "mortise/json.h"

/// The start of an application's answer that a failure keeps, in bytes.
#define MORTISE_BODY_START_BYTES 2048

/// A decision, not a description.
typedef enum {
    /// The application may answer differently later.
    MORTISE_RETRY,
    /// The request left and no answer came: it may have been carried out.
    MORTISE_UNCLEAR,
    /// This input will never be accepted.
    MORTISE_REJECT,
    /// The application refused the credential.
    MORTISE_REAUTHORIZE,
    /// The workflow's author has to change the step or the connection.
    MORTISE_MISCONFIGURED,
} mortise_disposition;

typedef struct {
    mortise_disposition disposition;
    /// With `MORTISE_RETRY`: not before so many milliseconds, where `has_wait` is set.
    bool has_wait;
    uint64_t wait_ms;
    /// One sentence for the person who reads the run: lower case, no full stop.
    const char *message;
    /// HTTP status; 0 where there was none.
    uint16_t status;
    /// The application's own code, such as `card_declined`, or `NULL`.
    const char *code;
    /// Index of the record in the batch, where `has_record` is set.
    bool has_record;
    uint32_t record;
    /// JSON Pointer (RFC 6901) to the field, or `NULL`.
    const char *field;
    /// The start of what the application answered, or `NULL`.
    const char *body;
} mortise_failure;

/// What became of one of many: one of both is there.
typedef struct {
    const mortise_json *output;
    mortise_failure *failure;
} mortise_result;

/// Fails the call: `return mortise_fail(MORTISE_REJECT, "no ticket `%s`", id);`. The first failure
/// of a call sticks, so whoever fails because something before it failed changes nothing. Always
/// `NULL`.
void *mortise_fail(mortise_disposition disposition, const char *format, ...) MORTISE_PRINTF(2, 3);

/// As `mortise_fail(MORTISE_RETRY, …)`, but not before the application's own time.
void *mortise_retry_after(uint64_t wait_ms, const char *format, ...) MORTISE_PRINTF(2, 3);

/// The failure of the call so far, to add to it; `NULL` where there is none.
mortise_failure *mortise_failed(void);

/// The same, and the call goes on as if there had been none.
mortise_failure *mortise_take_failure(void);

/// Add to the failure of the call, and do nothing where there is none. Always `NULL`. A text that is
/// `NULL` leaves what is there.
void *mortise_with_message(const char *message);
void *mortise_with_status(uint16_t status);
void *mortise_with_code(const char *code);
void *mortise_with_field(const char *pointer);
void *mortise_with_body(const char *body, size_t length);

#endif
