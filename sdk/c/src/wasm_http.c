#ifdef __wasm__

#include <string.h>

#include "wasm.h"

#if MORTISE_IS_CONNECTOR

static plugin_option_string_t lend_optional(const char *text) {
    plugin_option_string_t option = {.is_some = text != NULL};
    option.val = wasm_lend(text);
    return option;
}

static plugin_list_tuple2_string_string_t lend_headers(const mortise_pair *headers, size_t count) {
    plugin_list_tuple2_string_string_t list = {NULL, count};
    list.ptr = mortise_alloc_list(count, sizeof *list.ptr);
    for (size_t index = 0; index < count; index += 1) {
        list.ptr[index].f0 = wasm_lend(headers[index].name);
        list.ptr[index].f1 = wasm_lend(headers[index].value);
    }
    return list;
}

static mortise_plugin_http_part_t lend_part(const mortise_part *part) {
    mortise_plugin_http_part_t out = {.name = wasm_lend(part->name)};
    out.file_name = lend_optional(part->file_name);
    out.content_type = lend_optional(part->content_type);
    if (part->file != NULL) {
        out.body.tag = MORTISE_PLUGIN_HTTP_PART_BODY_FILE;
        out.body.val.file = wasm_lend(part->file);
    } else {
        out.body.tag = MORTISE_PLUGIN_HTTP_PART_BODY_BYTES;
        out.body.val.bytes.ptr = (uint8_t *)part->bytes;
        out.body.val.bytes.len = part->length;
    }
    return out;
}

static mortise_plugin_http_body_t lend_body(const mortise_request *request) {
    mortise_plugin_http_body_t body = {.tag = MORTISE_PLUGIN_HTTP_BODY_EMPTY};
    switch (request->body) {
    case BODY_EMPTY:
        break;
    case BODY_BYTES:
        body.tag = MORTISE_PLUGIN_HTTP_BODY_BYTES;
        body.val.bytes.ptr = (uint8_t *)request->bytes;
        body.val.bytes.len = request->length;
        break;
    case BODY_FILE:
        body.tag = MORTISE_PLUGIN_HTTP_BODY_FILE;
        body.val.file = wasm_lend(request->file);
        break;
    case BODY_MULTIPART:
        body.tag = MORTISE_PLUGIN_HTTP_BODY_MULTIPART;
        body.val.multipart.len = request->part_count;
        body.val.multipart.ptr = mortise_alloc_list(request->part_count, sizeof *body.val.multipart.ptr);
        for (size_t index = 0; index < request->part_count; index += 1) {
            body.val.multipart.ptr[index] = lend_part(&request->parts[index]);
        }
        break;
    }
    return body;
}

static mortise_response *take_response(const mortise_plugin_http_response_t *answer) {
    mortise_response *response = mortise_alloc(sizeof *response);
    response->status = answer->status;
    response->header_count = answer->headers.len;
    response->headers = mortise_alloc_list(answer->headers.len, sizeof *response->headers);
    for (size_t index = 0; index < answer->headers.len; index += 1) {
        response->headers[index].name = wasm_take(answer->headers.ptr[index].f0);
        response->headers[index].value = wasm_take(answer->headers.ptr[index].f1);
    }
    // The bytes stay where they are: a large answer is in memory once.
    if (answer->body.tag == MORTISE_PLUGIN_HTTP_BODY_BYTES) {
        response->bytes = answer->body.val.bytes.len == 0 ? "" : (const char *)answer->body.val.bytes.ptr;
        response->length = answer->body.val.bytes.len;
    } else if (answer->body.tag == MORTISE_PLUGIN_HTTP_BODY_FILE) {
        response->file = wasm_take(answer->body.val.file);
    }
    return response;
}

static void take_error(const mortise_plugin_http_error_t *from, mortise_http_error *error) {
    error->number = 0;
    error->text = NULL;
    switch (from->tag) {
    case MORTISE_PLUGIN_HTTP_ERROR_LIMITED:
        error->problem = MORTISE_LIMITED;
        error->number = from->val.limited;
        return;
    case MORTISE_PLUGIN_HTTP_ERROR_TOO_LARGE:
        error->problem = MORTISE_TOO_LARGE;
        error->number = from->val.too_large;
        return;
    case MORTISE_PLUGIN_HTTP_ERROR_DENIED:
        error->problem = MORTISE_DENIED;
        error->text = wasm_take(from->val.denied);
        return;
    case MORTISE_PLUGIN_HTTP_ERROR_NOT_SENT:
        error->problem = MORTISE_NOT_SENT;
        error->text = wasm_take(from->val.not_sent);
        return;
    case MORTISE_PLUGIN_HTTP_ERROR_UNANSWERED:
        error->problem = MORTISE_UNANSWERED;
        error->text = wasm_take(from->val.unanswered);
        return;
    case MORTISE_PLUGIN_HTTP_ERROR_UNAUTHORIZED:
        error->problem = MORTISE_UNAUTHORIZED;
        error->text = wasm_take(from->val.unauthorized);
        return;
    default:
        error->problem = MORTISE_OTHER;
        error->text = wasm_take(from->val.other);
        return;
    }
}

mortise_response *host_send(const mortise_request *request, mortise_http_error *error) {
    mortise_plugin_http_request_t out = {.method = wasm_lend(request->method), .url = wasm_lend(request->url)};
    out.headers = lend_headers(request->headers, request->header_count);
    out.body = lend_body(request);
    out.auth = request->anonymous ? MORTISE_PLUGIN_HTTP_AUTH_NONE : MORTISE_PLUGIN_HTTP_AUTH_CONNECTION;
    out.save_as_file = request->save_as_file;
    out.timeout_ms.is_some = request->timeout_ms != 0;
    out.timeout_ms.val = request->timeout_ms;
    mortise_plugin_http_response_t answer;
    mortise_plugin_http_error_t problem;
    if (!mortise_plugin_http_send(&out, &answer, &problem)) {
        take_error(&problem, error);
        return NULL;
    }
    return take_response(&answer);
}

#endif

#endif
