#ifdef __wasm__

#include "wasm.h"

#if !MORTISE_IS_CONNECTOR

/// A transform reaches nothing, and its world imports nothing to reach it with.
static _Noreturn void reach(void) { mortise_panic("a transform asked the host for more than the log"); }

const char *host_workflow(void) { reach(); }
const char *host_run(void) { reach(); }
const char *host_step(void) { reach(); }
const char *host_idempotency_key(void) { reach(); }
uint32_t host_attempt(void) { reach(); }
uint64_t host_remaining_ms(void) { reach(); }
bool host_cancelled(void) { reach(); }

const char *host_callback_url(const char **why) {
    (void)why;
    reach();
}

const char *host_settings(size_t *length) {
    (void)length;
    reach();
}

const uint8_t *host_sign(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                         size_t *signature_length, const char **why) {
    (void)secret, (void)algorithm, (void)data, (void)length, (void)signature_length, (void)why;
    reach();
}

bool host_verify(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                 const void *signature, size_t signature_length, bool *same, const char **why) {
    (void)secret, (void)algorithm, (void)data, (void)length, (void)signature, (void)signature_length, (void)same;
    (void)why;
    reach();
}

mortise_response *host_send(const mortise_request *request, mortise_http_error *error) {
    (void)request, (void)error;
    reach();
}

const mortise_file_info *host_file_stat(const char *id, const char **why) {
    (void)id, (void)why;
    reach();
}

const uint8_t *host_file_read(const char *id, uint64_t offset, uint32_t length, size_t *got, const char **why) {
    (void)id, (void)offset, (void)length, (void)got, (void)why;
    reach();
}

const char *host_file_create(const char *name, const char *content_type, const char **why) {
    (void)name, (void)content_type, (void)why;
    reach();
}

bool host_file_append(const char *id, const void *data, size_t length, const char **why) {
    (void)id, (void)data, (void)length, (void)why;
    reach();
}

const uint8_t *host_state_get(const char *key, size_t *length) {
    (void)key, (void)length;
    reach();
}

void host_state_set(const char *key, const void *value, size_t length) {
    (void)key, (void)value, (void)length;
    reach();
}

void host_state_delete(const char *key) {
    (void)key;
    reach();
}

#endif

#endif
