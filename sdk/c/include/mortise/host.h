/// What a plugin may ask of the host besides HTTP. A transform has the log alone.
#ifndef MORTISE_HOST_H
#define MORTISE_HOST_H

#include "mortise/failure.h"

// ---- the call -----------------------------------------------------------------------------

/// Name of the workflow.
const char *mortise_workflow(void);
/// ULID of the run.
const char *mortise_run(void);
/// Path of the step inside the run: `notify`, `lines[3].post`.
const char *mortise_step(void);
/// From 1, and one more with every retry.
uint32_t mortise_attempt(void);
/// The same for every attempt of one turn of one step of one run.
const char *mortise_idempotency_key(void);
/// What is left of the call.
uint64_t mortise_remaining_ms(void);
/// Whether somebody asked for the call to end.
bool mortise_cancelled(void);
/// Where the application can call back, once; `NULL`, with a failure, where there is no such place.
const char *mortise_callback_url(void);

// ---- the connection -----------------------------------------------------------------------

typedef enum {
    MORTISE_HMAC_SHA1,
    MORTISE_HMAC_SHA256,
    MORTISE_HMAC_SHA512,
    MORTISE_RS256,
    MORTISE_ES256,
    MORTISE_ED25519,
} mortise_algorithm;

/// The settings that are not secret, which fit the plugin's schema of them; `null` where the step
/// names no connection.
const mortise_json *mortise_settings(void);
/// Signs with a secret that the descriptor declares `use: sign`; its bytes stay in the host.
const uint8_t *mortise_sign(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                            size_t *signature_length);
/// Compares in constant time. False, with a failure, where it could not be compared.
bool mortise_verify(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                    const void *signature, size_t signature_length);

// ---- files --------------------------------------------------------------------------------

typedef struct {
    uint64_t size;
    const char *content_type;
    /// Or `NULL`.
    const char *name;
} mortise_file_info;

/// The id of the file in a value `{"$file": id}`, or `NULL`.
const char *mortise_file_id(const mortise_json *value);
/// Size, type and name of a file; `NULL`, with a failure, where there is no such file.
const mortise_file_info *mortise_file_stat(const char *id);
/// Up to `length` bytes from `offset`; fewer at the end, as `got` says.
const uint8_t *mortise_file_read(const char *id, uint64_t offset, uint32_t length, size_t *got);
/// An empty file; gives its id. The name may be `NULL`.
const char *mortise_file_create(const char *name, const char *content_type);
/// Adds bytes at the end of a file that this call created.
bool mortise_file_append(const char *id, const void *data, size_t length);

// ---- state --------------------------------------------------------------------------------

/// Small values kept between calls, for operations that are `stateful`; what a call writes is kept
/// together with its result, or not at all. `NULL` where the key has no value.
const uint8_t *mortise_state_get(const char *key, size_t *length);
void mortise_state_set(const char *key, const void *value, size_t length);
void mortise_state_delete(const char *key);

// ---- the log of the step ------------------------------------------------------------------

typedef enum {
    MORTISE_LOG_TRACE,
    MORTISE_LOG_DEBUG,
    MORTISE_LOG_INFO,
    MORTISE_LOG_WARN,
    MORTISE_LOG_ERROR,
} mortise_level;

/// A line; a secret does not belong here.
void mortise_log(mortise_level level, const char *format, ...) MORTISE_PRINTF(2, 3);
/// A line with fields: names and values in turn, and `NULL` at the end.
void mortise_log_fields(mortise_level level, const char *message, const char *const *fields);

#endif
