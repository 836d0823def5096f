#ifdef __wasm__

#include <string.h>

#include "wasm.h"

void host_log(mortise_level level, const char *message, const mortise_pair *fields, size_t count) {
    plugin_string_t line = wasm_lend(message);
    plugin_list_tuple2_string_string_t list = {NULL, count};
    if (count > 0) {
        list.ptr = mortise_alloc_list(count, sizeof *list.ptr);
    }
    for (size_t index = 0; index < count; index += 1) {
        list.ptr[index].f0 = wasm_lend(fields[index].name);
        list.ptr[index].f1 = wasm_lend(fields[index].value);
    }
    mortise_plugin_log_write((mortise_plugin_log_level_t)level, &line, &list);
}

#if MORTISE_IS_CONNECTOR

_Static_assert(MORTISE_LOG_ERROR == MORTISE_PLUGIN_LOG_LEVEL_ERROR, "levels are those of the contract");
_Static_assert(MORTISE_ED25519 == MORTISE_PLUGIN_CONNECTION_ALGORITHM_ED25519, "algorithms are those of the contract");

static const char *taken(void (*ask)(plugin_string_t *)) {
    plugin_string_t text;
    ask(&text);
    return wasm_take(text);
}

const char *host_workflow(void) { return taken(mortise_plugin_context_workflow); }
const char *host_run(void) { return taken(mortise_plugin_context_run); }
const char *host_step(void) { return taken(mortise_plugin_context_step); }
const char *host_idempotency_key(void) { return taken(mortise_plugin_context_idempotency_key); }
uint32_t host_attempt(void) { return mortise_plugin_context_attempt(); }
uint64_t host_remaining_ms(void) { return mortise_plugin_context_remaining_ms(); }
bool host_cancelled(void) { return mortise_plugin_context_cancelled(); }

/// An answer that is text, or the reason why there is none.
static const char *text_or(bool is_ok, plugin_string_t text, plugin_string_t problem, const char **why) {
    if (!is_ok) {
        *why = wasm_take(problem);
        return NULL;
    }
    return wasm_take(text);
}

/// The same with bytes, which stay where they are.
static const uint8_t *bytes_or(bool is_ok, plugin_list_u8_t bytes, plugin_string_t problem, size_t *length,
                               const char **why) {
    if (!is_ok) {
        *why = wasm_take(problem);
        return NULL;
    }
    *length = bytes.len;
    return bytes.len == 0 ? (const uint8_t *)"" : bytes.ptr;
}

static plugin_list_u8_t lend_bytes(const void *bytes, size_t length) {
    const plugin_list_u8_t lent = {(uint8_t *)bytes, length};
    return lent;
}

const char *host_callback_url(const char **why) {
    plugin_string_t url = {0};
    plugin_string_t problem = {0};
    const bool is_ok = mortise_plugin_context_callback_url(&url, &problem);
    return text_or(is_ok, url, problem, why);
}

const char *host_settings(size_t *length) {
    mortise_plugin_connection_json_t settings;
    mortise_plugin_connection_settings(&settings);
    *length = settings.len;
    return (const char *)settings.ptr;
}

const uint8_t *host_sign(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                         size_t *signature_length, const char **why) {
    plugin_string_t name = wasm_lend(secret);
    plugin_list_u8_t content = lend_bytes(data, length);
    plugin_list_u8_t signature = {0};
    plugin_string_t problem = {0};
    const bool is_ok = mortise_plugin_connection_sign(&name, (mortise_plugin_connection_algorithm_t)algorithm, &content,
                                                      &signature, &problem);
    return bytes_or(is_ok, signature, problem, signature_length, why);
}

bool host_verify(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                 const void *signature, size_t signature_length, bool *same, const char **why) {
    plugin_string_t name = wasm_lend(secret);
    plugin_list_u8_t content = lend_bytes(data, length);
    plugin_list_u8_t claimed = lend_bytes(signature, signature_length);
    plugin_string_t problem = {0};
    const bool is_ok = mortise_plugin_connection_verify(&name, (mortise_plugin_connection_algorithm_t)algorithm,
                                                        &content, &claimed, same, &problem);
    if (!is_ok) {
        *why = wasm_take(problem);
    }
    return is_ok;
}

const mortise_file_info *host_file_stat(const char *id, const char **why) {
    plugin_string_t file = wasm_lend(id);
    mortise_plugin_files_info_t found = {0};
    plugin_string_t problem = {0};
    if (!mortise_plugin_files_stat(&file, &found, &problem)) {
        *why = wasm_take(problem);
        return NULL;
    }
    mortise_file_info *info = mortise_alloc(sizeof *info);
    info->size = found.size;
    info->content_type = wasm_take(found.content_type);
    info->name = found.name.is_some ? wasm_take(found.name.val) : NULL;
    return info;
}

const uint8_t *host_file_read(const char *id, uint64_t offset, uint32_t length, size_t *got, const char **why) {
    plugin_string_t file = wasm_lend(id);
    plugin_list_u8_t bytes = {0};
    plugin_string_t problem = {0};
    const bool is_ok = mortise_plugin_files_read(&file, offset, length, &bytes, &problem);
    return bytes_or(is_ok, bytes, problem, got, why);
}

const char *host_file_create(const char *name, const char *content_type, const char **why) {
    plugin_string_t optional = wasm_lend(name);
    plugin_string_t type = wasm_lend(content_type);
    plugin_string_t id = {0};
    plugin_string_t problem = {0};
    const bool is_ok = mortise_plugin_files_create(name == NULL ? NULL : &optional, &type, &id, &problem);
    return text_or(is_ok, id, problem, why);
}

bool host_file_append(const char *id, const void *data, size_t length, const char **why) {
    plugin_string_t file = wasm_lend(id);
    plugin_list_u8_t bytes = lend_bytes(data, length);
    plugin_string_t problem = {0};
    const bool is_ok = mortise_plugin_files_append(&file, &bytes, &problem);
    if (!is_ok) {
        *why = wasm_take(problem);
    }
    return is_ok;
}

const uint8_t *host_state_get(const char *key, size_t *length) {
    plugin_string_t name = wasm_lend(key);
    plugin_list_u8_t value = {0};
    *length = 0;
    if (!mortise_plugin_state_get(&name, &value)) {
        return NULL;
    }
    *length = value.len;
    return value.len == 0 ? (const uint8_t *)"" : value.ptr;
}

void host_state_set(const char *key, const void *value, size_t length) {
    plugin_string_t name = wasm_lend(key);
    plugin_list_u8_t bytes = lend_bytes(value, length);
    mortise_plugin_state_set(&name, &bytes);
}

void host_state_delete(const char *key) {
    plugin_string_t name = wasm_lend(key);
    mortise_plugin_state_delete(&name);
}

#endif

#endif
