/// HTTP to the hosts that the operator granted.
#ifndef MORTISE_HTTP_H
#define MORTISE_HTTP_H

#include "mortise/failure.h"

typedef struct mortise_request mortise_request;
typedef struct mortise_response mortise_response;

/// A request; the host adds the connection's credential unless told otherwise. A URL that is `NULL`
/// gives `NULL`, which everything below passes on.
mortise_request *mortise_request_to(const char *method, const char *url);
mortise_request *mortise_get(const char *url);
mortise_request *mortise_post(const char *url);
mortise_request *mortise_put(const char *url);
mortise_request *mortise_patch(const char *url);
mortise_request *mortise_delete(const char *url);

/// Adds a header; `authorization`, `cookie` and `host` are the host's.
void mortise_header(mortise_request *request, const char *name, const char *value);
/// Adds a query parameter, percent-encoded; none where the value is `NULL`.
void mortise_query(mortise_request *request, const char *name, const char *value);
/// Passes the call's key on, so that the application carries a repeated request out once.
void mortise_idempotent(mortise_request *request);
/// A JSON body, with its content type.
void mortise_body_json(mortise_request *request, const mortise_json *value);
/// Any body; its content type is a header.
void mortise_body_bytes(mortise_request *request, const void *bytes, size_t length);
/// The content of a file, which never passes through the plugin.
void mortise_body_file(mortise_request *request, const char *file);
/// A part of a multipart body. File name and content type may be `NULL`.
void mortise_part_bytes(mortise_request *request, const char *name, const char *content_type, const void *bytes,
                        size_t length);
void mortise_part_file(mortise_request *request, const char *name, const char *content_type, const char *file_name,
                       const char *file);
/// Sends without the connection's credential, to an address that carries its own right.
void mortise_anonymous(mortise_request *request);
/// Keeps the answer's body as a file of the run.
void mortise_save_as_file(mortise_request *request);
/// Gives up after so long.
void mortise_timeout_ms(mortise_request *request, uint32_t timeout_ms);

/// Why there is no answer.
typedef enum {
    /// Not granted; the text names the line that would grant it.
    MORTISE_DENIED,
    /// The request did not leave: safe to retry.
    MORTISE_NOT_SENT,
    /// The request left and no whole answer came: it may have been carried out.
    MORTISE_UNANSWERED,
    /// The connection's rate is used up for `number` milliseconds.
    MORTISE_LIMITED,
    /// The answer is larger than `number` bytes.
    MORTISE_TOO_LARGE,
    /// There is no usable credential.
    MORTISE_UNAUTHORIZED,
    MORTISE_OTHER,
} mortise_http_problem;

typedef struct {
    mortise_http_problem problem;
    const char *text;
    uint64_t number;
} mortise_http_error;

/// Sends it; any status is an answer, see `mortise_ok`. `NULL` where there is none.
mortise_response *mortise_send(mortise_request *request);
/// Sends it, and leaves what to do about an error to the caller: the call has not failed.
mortise_response *mortise_try_send(mortise_request *request, mortise_http_error *error);
/// Fails the call with the decision that an error stands for.
void *mortise_fail_with_error(const mortise_http_error *error);

/// Passes a 2xx on and fails with anything else: 408, 429 and 5xx are to be retried, no earlier than
/// `retry-after` says; 401 and 403 want a new credential; the rest is rejected.
mortise_response *mortise_ok(mortise_response *response);
/// Reads the body of a 2xx, which has to fit a JSON Schema. Where it does not, the request may have
/// been carried out: the call fails as unclear.
const mortise_json *mortise_answer(const mortise_response *response, const char *schema);
/// 0 of `NULL`.
uint16_t mortise_status(const mortise_response *response);
/// The first header of a name, or `NULL`.
const char *mortise_response_header(const mortise_response *response, const char *name);
/// The body's bytes; `NULL` where there is none or it is a file.
const char *mortise_response_body(const mortise_response *response, size_t *length);
/// The id of the file that the body was kept as, or `NULL`.
const char *mortise_response_file(const mortise_response *response);

/// Text with all but the unreserved characters of RFC 3986 percent-encoded: for one segment of a path.
char *mortise_encode(const char *text);
/// Undoes percent-encoding, and `+` as forms write a space; what is no UTF-8 is replaced.
char *mortise_decode(const char *text, size_t length);

#endif
