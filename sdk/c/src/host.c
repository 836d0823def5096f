#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

const char *mortise_workflow(void) { return host_workflow(); }
const char *mortise_run(void) { return host_run(); }
const char *mortise_step(void) { return host_step(); }
uint32_t mortise_attempt(void) { return host_attempt(); }
const char *mortise_idempotency_key(void) { return host_idempotency_key(); }
uint64_t mortise_remaining_ms(void) { return host_remaining_ms(); }
bool mortise_cancelled(void) { return host_cancelled(); }

const char *mortise_callback_url(void) {
    const char *why = NULL;
    const char *url = host_callback_url(&why);
    return url == NULL ? mortise_fail(MORTISE_MISCONFIGURED, "%s", why) : url;
}

const mortise_json *mortise_settings(void) {
    size_t length = 0;
    const char *text = host_settings(&length);
    const bool is_absent = length == 4 && memcmp(text, "null", 4) == 0;
    const char *schema = is_absent ? NULL : MORTISE_PLUGIN.settings;
    return mortise_read(text, length, schema, "connection's settings", MORTISE_MISCONFIGURED);
}

const uint8_t *mortise_sign(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                            size_t *signature_length) {
    const char *why = NULL;
    const uint8_t *signature = host_sign(secret, algorithm, data, length, signature_length, &why);
    return signature == NULL ? mortise_fail(MORTISE_MISCONFIGURED, "%s", why) : signature;
}

bool mortise_verify(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                    const void *signature, size_t signature_length) {
    const char *why = NULL;
    bool same = false;
    if (!host_verify(secret, algorithm, data, length, signature, signature_length, &same, &why)) {
        mortise_fail(MORTISE_MISCONFIGURED, "%s", why);
        return false;
    }
    return same;
}

const char *mortise_file_id(const mortise_json *value) { return mortise_string(value, "$file"); }

const mortise_file_info *mortise_file_stat(const char *id) {
    const char *why = NULL;
    const mortise_file_info *info = id == NULL ? NULL : host_file_stat(id, &why);
    return info == NULL ? mortise_fail(MORTISE_REJECT, "%s", why == NULL ? "there is no file" : why) : info;
}

const uint8_t *mortise_file_read(const char *id, uint64_t offset, uint32_t length, size_t *got) {
    const char *why = NULL;
    const uint8_t *bytes = id == NULL ? NULL : host_file_read(id, offset, length, got, &why);
    return bytes == NULL ? mortise_fail(MORTISE_REJECT, "%s", why == NULL ? "there is no file" : why) : bytes;
}

const char *mortise_file_create(const char *name, const char *content_type) {
    const char *why = NULL;
    const char *id = host_file_create(name, content_type, &why);
    return id == NULL ? mortise_fail(MORTISE_REJECT, "%s", why) : id;
}

bool mortise_file_append(const char *id, const void *data, size_t length) {
    const char *why = NULL;
    if (id == NULL || !host_file_append(id, data, length, &why)) {
        mortise_fail(MORTISE_REJECT, "%s", why == NULL ? "there is no file" : why);
        return false;
    }
    return true;
}

const uint8_t *mortise_state_get(const char *key, size_t *length) { return host_state_get(key, length); }

void mortise_state_set(const char *key, const void *value, size_t length) { host_state_set(key, value, length); }

void mortise_state_delete(const char *key) { host_state_delete(key); }

void mortise_log(mortise_level level, const char *format, ...) {
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    host_log(level, line, NULL, 0);
}

void mortise_log_fields(mortise_level level, const char *message, const char *const *fields) {
    mortise_pair *pairs = NULL;
    size_t count = 0;
    size_t room = 0;
    while (fields != NULL && fields[count * 2] != NULL) {
        const char *value = fields[count * 2 + 1];
        pairs = mortise_grow(pairs, count, &room, sizeof *pairs);
        pairs[count].name = fields[count * 2];
        pairs[count].value = value == NULL ? "" : value;
        count += 1;
        if (value == NULL) {
            break;
        }
    }
    host_log(level, message, pairs, count);
}
