#include <string.h>

#include "internal.h"

mortise_request *mortise_request_to(const char *method, const char *url) {
    if (method == NULL || url == NULL) {
        return NULL;
    }
    mortise_request *request = mortise_alloc(sizeof *request);
    request->method = mortise_copy_text(method);
    request->url = mortise_copy_text(url);
    return request;
}

mortise_request *mortise_get(const char *url) { return mortise_request_to("GET", url); }
mortise_request *mortise_post(const char *url) { return mortise_request_to("POST", url); }
mortise_request *mortise_put(const char *url) { return mortise_request_to("PUT", url); }
mortise_request *mortise_patch(const char *url) { return mortise_request_to("PATCH", url); }
mortise_request *mortise_delete(const char *url) { return mortise_request_to("DELETE", url); }

void mortise_header(mortise_request *request, const char *name, const char *value) {
    if (request == NULL || value == NULL) {
        return;
    }
    request->headers = mortise_grow(request->headers, request->header_count, &request->header_room,
                                    sizeof *request->headers);
    const mortise_pair pair = {mortise_copy_text(name), mortise_copy_text(value)};
    request->headers[request->header_count] = pair;
    request->header_count += 1;
}

void mortise_query(mortise_request *request, const char *name, const char *value) {
    if (request == NULL || value == NULL) {
        return;
    }
    const size_t whole = strlen(request->url);
    const size_t before_fragment = strcspn(request->url, "#");
    const char *question = memchr(request->url, '?', before_fragment);
    const char last = before_fragment == 0 ? '\0' : request->url[before_fragment - 1];
    mortise_buffer url = {0};
    mortise_add(&url, request->url, before_fragment);
    mortise_add_text(&url, question == NULL ? "?" : last == '?' || last == '&' ? "" : "&");
    mortise_add_text(&url, mortise_encode(name));
    mortise_add(&url, "=", 1);
    mortise_add_text(&url, mortise_encode(value));
    mortise_add(&url, request->url + before_fragment, whole - before_fragment);
    request->url = url.bytes;
}

void mortise_idempotent(mortise_request *request) {
    mortise_header(request, "idempotency-key", mortise_idempotency_key());
}

void mortise_body_json(mortise_request *request, const mortise_json *value) {
    const char *text = value == NULL ? NULL : mortise_write(value);
    if (request == NULL || text == NULL) {
        return;
    }
    mortise_header(request, "content-type", "application/json");
    mortise_body_bytes(request, text, strlen(text));
}

void mortise_body_bytes(mortise_request *request, const void *bytes, size_t length) {
    if (request == NULL) {
        return;
    }
    request->body = BODY_BYTES;
    request->bytes = bytes == NULL ? "" : mortise_copy(bytes, length);
    request->length = bytes == NULL ? 0 : length;
}

void mortise_body_file(mortise_request *request, const char *file) {
    if (request == NULL || file == NULL) {
        return;
    }
    request->body = BODY_FILE;
    request->file = mortise_copy_text(file);
}

static void add_part(mortise_request *request, mortise_part part) {
    request->body = BODY_MULTIPART;
    request->parts = mortise_grow(request->parts, request->part_count, &request->part_room, sizeof *request->parts);
    request->parts[request->part_count] = part;
    request->part_count += 1;
}

void mortise_part_bytes(mortise_request *request, const char *name, const char *content_type, const void *bytes,
                        size_t length) {
    if (request == NULL || bytes == NULL) {
        return;
    }
    mortise_part part = {.name = mortise_copy_text(name), .content_type = mortise_copy_text(content_type)};
    part.bytes = mortise_copy(bytes, length);
    part.length = length;
    add_part(request, part);
}

void mortise_part_file(mortise_request *request, const char *name, const char *content_type, const char *file_name,
                       const char *file) {
    if (request == NULL || file == NULL) {
        return;
    }
    mortise_part part = {.name = mortise_copy_text(name), .content_type = mortise_copy_text(content_type)};
    part.file_name = mortise_copy_text(file_name);
    part.file = mortise_copy_text(file);
    add_part(request, part);
}

void mortise_anonymous(mortise_request *request) {
    if (request != NULL) {
        request->anonymous = true;
    }
}

void mortise_save_as_file(mortise_request *request) {
    if (request != NULL) {
        request->save_as_file = true;
    }
}

void mortise_timeout_ms(mortise_request *request, uint32_t timeout_ms) {
    if (request != NULL) {
        request->timeout_ms = timeout_ms;
    }
}

mortise_response *mortise_try_send(mortise_request *request, mortise_http_error *error) {
    // Whatever failed while the request was made: half a request is not sent.
    if (request == NULL || mortise_failed() != NULL) {
        error->problem = MORTISE_NOT_SENT;
        error->text = "it could not be made";
        return NULL;
    }
    return host_send(request, error);
}

mortise_response *mortise_send(mortise_request *request) {
    mortise_http_error error = {0};
    mortise_response *response = mortise_try_send(request, &error);
    return response == NULL ? mortise_fail_with_error(&error) : response;
}

void *mortise_fail_with_error(const mortise_http_error *error) {
    const unsigned long long number = error->number;
    const char *text = error->text == NULL ? "" : error->text;
    switch (error->problem) {
    case MORTISE_DENIED:
        return mortise_fail(MORTISE_MISCONFIGURED, "%s", text);
    case MORTISE_NOT_SENT:
        return mortise_fail(MORTISE_RETRY, "the request was not sent: %s", text);
    case MORTISE_UNANSWERED:
        return mortise_fail(MORTISE_UNCLEAR, "no answer came: %s", text);
    case MORTISE_LIMITED:
        return mortise_retry_after(error->number, "the connection's rate is used up");
    case MORTISE_TOO_LARGE:
        return mortise_fail(MORTISE_REJECT, "the answer is larger than %llu bytes", number);
    case MORTISE_UNAUTHORIZED:
        return mortise_fail(MORTISE_REAUTHORIZE, "%s", text);
    case MORTISE_OTHER:
        break;
    }
    return mortise_fail(MORTISE_REJECT, "%s", text);
}
