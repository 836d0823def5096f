#include <string.h>

#include "fake.h"

fake_host fake_current;

const char *host_workflow(void) { return "test"; }
const char *host_run(void) { return "01JZ0000000000000000000000"; }
const char *host_step(void) { return "step"; }
uint32_t host_attempt(void) { return fake_current.attempt; }
const char *host_idempotency_key(void) { return fake_current.key; }
uint64_t host_remaining_ms(void) { return fake_current.remaining_ms; }
bool host_cancelled(void) { return fake_current.cancelled; }

const char *host_callback_url(const char **why) {
    *why = "this test has no callback address";
    return fake_current.callback_url;
}

const char *host_settings(size_t *length) {
    *length = strlen(fake_current.settings);
    return fake_current.settings;
}

/// Not a real signature: the name of the secret, a colon, and the data.
const uint8_t *host_sign(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                         size_t *signature_length, const char **why) {
    (void)algorithm;
    (void)why;
    mortise_buffer signature = {0};
    mortise_add_text(&signature, secret);
    mortise_add_text(&signature, ":");
    mortise_add(&signature, data, length);
    *signature_length = signature.length;
    return (const uint8_t *)signature.bytes;
}

bool host_verify(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                 const void *signature, size_t signature_length, bool *same, const char **why) {
    size_t expected_length;
    const uint8_t *expected = host_sign(secret, algorithm, data, length, &expected_length, why);
    *same = expected_length == signature_length && memcmp(expected, signature, signature_length) == 0;
    return true;
}

mortise_response *host_send(const mortise_request *request, mortise_http_error *error) {
    fake_host *host = &fake_current;
    host->requests = mortise_grow(host->requests, host->request_count, &host->request_room,
                                  sizeof(const mortise_request *));
    host->requests[host->request_count] = request;
    host->request_count += 1;
    if (host->answers_given == host->answer_count) {
        error->problem = MORTISE_NOT_SENT;
        error->text = "the test has no answer for this request";
        return NULL;
    }
    const fake_scripted *answer = &host->answers[host->answers_given];
    host->answers_given += 1;
    *error = answer->error;
    return answer->response;
}

static fake_kept *find(fake_kept *list, size_t count, const char *key) {
    for (size_t index = 0; index < count; index += 1) {
        if (list[index].key != NULL && strcmp(list[index].key, key) == 0) {
            return &list[index];
        }
    }
    return NULL;
}

static fake_kept *find_file(const char *id, const char **why) {
    fake_kept *file = find(fake_current.files, fake_current.file_count, id);
    *why = file == NULL ? mortise_format("there is no file `%s`", id) : NULL;
    return file;
}

const mortise_file_info *host_file_stat(const char *id, const char **why) {
    const fake_kept *file = find_file(id, why);
    if (file == NULL) {
        return NULL;
    }
    mortise_file_info *info = mortise_alloc(sizeof *info);
    info->size = file->bytes.length;
    info->content_type = file->content_type;
    info->name = file->name;
    return info;
}

const uint8_t *host_file_read(const char *id, uint64_t offset, uint32_t length, size_t *got, const char **why) {
    const fake_kept *file = find_file(id, why);
    if (file == NULL) {
        return NULL;
    }
    const size_t start = offset < file->bytes.length ? (size_t)offset : file->bytes.length;
    const size_t left = file->bytes.length - start;
    *got = length < left ? length : left;
    return (const uint8_t *)mortise_copy(file->bytes.bytes + start, *got);
}

void fake_file(const char *id, const char *name, const char *content_type, const void *bytes, size_t length) {
    fake_host *host = &fake_current;
    host->files = mortise_grow(host->files, host->file_count, &host->file_room, sizeof *host->files);
    fake_kept file = {mortise_copy_text(id), mortise_copy_text(name), mortise_copy_text(content_type), {0}};
    mortise_add(&file.bytes, bytes, length);
    host->files[host->file_count] = file;
    host->file_count += 1;
}

const char *host_file_create(const char *name, const char *content_type, const char **why) {
    (void)why;
    const char *id = mortise_format("file-%zu", fake_current.file_count + 1);
    fake_file(id, name, content_type, "", 0);
    return id;
}

bool host_file_append(const char *id, const void *data, size_t length, const char **why) {
    fake_kept *file = find_file(id, why);
    if (file != NULL) {
        mortise_add(&file->bytes, data, length);
    }
    return file != NULL;
}

const uint8_t *host_state_get(const char *key, size_t *length) {
    const fake_kept *value = find(fake_current.state, fake_current.state_count, key);
    *length = value == NULL ? 0 : value->bytes.length;
    return value == NULL ? NULL : (const uint8_t *)value->bytes.bytes;
}

void host_state_set(const char *key, const void *value, size_t length) {
    fake_host *host = &fake_current;
    fake_kept kept = {mortise_copy_text(key), NULL, NULL, {0}};
    mortise_add(&kept.bytes, value, length);
    fake_kept *known = find(host->state, host->state_count, key);
    if (known != NULL) {
        *known = kept;
        return;
    }
    host->state = mortise_grow(host->state, host->state_count, &host->state_room, sizeof *host->state);
    host->state[host->state_count] = kept;
    host->state_count += 1;
}

void host_state_delete(const char *key) {
    fake_kept *known = find(fake_current.state, fake_current.state_count, key);
    if (known != NULL) {
        known->key = NULL;
    }
}

void host_log(mortise_level level, const char *message, const mortise_pair *fields, size_t count) {
    static const char *const LEVELS[] = {"trace", "debug", "info", "warn", "error"};
    fake_host *host = &fake_current;
    mortise_buffer line = {0};
    mortise_add_text(&line, mortise_format("%s: %s", LEVELS[level], message));
    for (size_t index = 0; index < count; index += 1) {
        mortise_add_text(&line, mortise_format(" %s=%s", fields[index].name, fields[index].value));
    }
    host->log = mortise_grow(host->log, host->log_count, &host->log_room, sizeof(const char *));
    host->log[host->log_count] = line.bytes;
    host->log_count += 1;
}
