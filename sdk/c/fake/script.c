#include <string.h>

#include "fake.h"

void fake_reset(void) {
    (void)mortise_take_failure();
    mortise_free_all();
    memset(&fake_current, 0, sizeof fake_current);
    fake_current.settings = "null";
    fake_current.attempt = 1;
    fake_current.key = "test-key";
    fake_current.remaining_ms = 30000;
}

static fake_scripted *add(void) {
    fake_host *host = &fake_current;
    host->answers = mortise_grow(host->answers, host->answer_count, &host->answer_room, sizeof *host->answers);
    fake_scripted *answer = &host->answers[host->answer_count];
    memset(answer, 0, sizeof *answer);
    host->answer_count += 1;
    return answer;
}

void fake_answer_bytes(uint16_t status, const char *content_type, const void *bytes, size_t length) {
    mortise_response *response = mortise_alloc(sizeof *response);
    response->status = status;
    response->bytes = mortise_copy(bytes, length);
    response->length = length;
    add()->response = response;
    fake_answer_header("content-type", content_type);
}

void fake_answer(uint16_t status, const char *json) {
    fake_answer_bytes(status, "application/json", json, strlen(json));
}

void fake_answer_header(const char *name, const char *value) {
    mortise_response *response = fake_current.answers[fake_current.answer_count - 1].response;
    const size_t count = response->header_count;
    mortise_pair *headers = mortise_alloc_list(count + 1, sizeof *headers);
    if (count > 0) {
        memcpy(headers, response->headers, count * sizeof *headers);
    }
    headers[count].name = mortise_copy_text(name);
    headers[count].value = mortise_copy_text(value);
    response->headers = headers;
    response->header_count = count + 1;
}

void fake_no_answer(mortise_http_problem problem, const char *text, uint64_t number) {
    fake_scripted *answer = add();
    answer->error.problem = problem;
    answer->error.text = mortise_copy_text(text);
    answer->error.number = number;
}

void fake_settings(const char *json) { fake_current.settings = mortise_copy_text(json); }
void fake_attempt(uint32_t attempt) { fake_current.attempt = attempt; }
void fake_key(const char *key) { fake_current.key = mortise_copy_text(key); }
void fake_remaining_ms(uint64_t remaining_ms) { fake_current.remaining_ms = remaining_ms; }
void fake_cancelled(void) { fake_current.cancelled = true; }
void fake_callback_url(const char *url) { fake_current.callback_url = mortise_copy_text(url); }

// ---- what the plugin did --------------------------------------------------------------------

size_t fake_requests(void) { return fake_current.request_count; }

static const mortise_request *request_at(size_t index) {
    return index < fake_current.request_count ? fake_current.requests[index] : NULL;
}

const char *fake_method(size_t request) { return request_at(request) == NULL ? NULL : request_at(request)->method; }

const char *fake_url(size_t request) { return request_at(request) == NULL ? NULL : request_at(request)->url; }

const char *fake_header(size_t request, const char *name) {
    const mortise_request *sent = request_at(request);
    for (size_t index = 0; sent != NULL && index < sent->header_count; index += 1) {
        if (mortise_same_name(sent->headers[index].name, name)) {
            return sent->headers[index].value;
        }
    }
    return NULL;
}

const char *fake_body(size_t request) {
    const mortise_request *sent = request_at(request);
    return sent != NULL && sent->body == BODY_BYTES ? sent->bytes : NULL;
}

bool fake_is_anonymous(size_t request) { return request_at(request) != NULL && request_at(request)->anonymous; }

const fake_part_info *fake_part(size_t request, size_t part) {
    const mortise_request *sent = request_at(request);
    if (sent == NULL || sent->body != BODY_MULTIPART || part >= sent->part_count) {
        return NULL;
    }
    const mortise_part *from = &sent->parts[part];
    fake_part_info *info = mortise_alloc(sizeof *info);
    info->name = from->name;
    info->file_name = from->file_name;
    info->content_type = from->content_type;
    info->file = from->file;
    info->text = from->bytes;
    return info;
}

const char *fake_log(size_t line) { return line < fake_current.log_count ? fake_current.log[line] : NULL; }

const char *fake_file_text(const char *id) {
    const char *why;
    const mortise_file_info *info = host_file_stat(id, &why);
    size_t got;
    return info == NULL ? NULL : (const char *)host_file_read(id, 0, UINT32_MAX, &got, &why);
}

const char *fake_state_text(const char *key) {
    size_t length;
    return (const char *)host_state_get(key, &length);
}
