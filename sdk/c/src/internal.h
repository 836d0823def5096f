/// What the sources of the SDK share with each other and with the fake host, and no plugin includes.
#ifndef MORTISE_INTERNAL_H
#define MORTISE_INTERNAL_H

#include "mortise.h"

// ---- memory and text ----------------------------------------------------------------------

/// Gives back all memory of the call.
void mortise_free_all(void);
/// Doubles a list that is full; `items` is the new place.
void *mortise_grow(void *items, size_t count, size_t *room, size_t size);
char *mortise_copy_text(const char *text);
/// Bytes of the character at `at`, 0 where it is no UTF-8.
size_t mortise_utf8(const unsigned char *at, const unsigned char *end);
/// A copy in which U+FFFD stands for what is no UTF-8.
char *mortise_to_utf8(const char *text, size_t length, size_t *out_length);
bool mortise_same_name(const char *one, const char *other);

// ---- JSON ---------------------------------------------------------------------------------

typedef struct {
    const char *key;
    size_t length;
    uint32_t hash;
    const mortise_json *value;
} mortise_slot;

struct mortise_json {
    mortise_kind kind;
    bool boolean;
    /// Of a string or number, with a zero byte behind it.
    const char *text;
    size_t length;
    /// Of an array.
    const mortise_json **items;
    /// Of an object.
    mortise_slot *members;
    size_t count;
    size_t room;
    /// Of a large object: places of members plus one, by hash.
    uint32_t *index;
    size_t index_size;
};

mortise_slot *mortise_find(const mortise_json *object, const char *key, size_t length);
mortise_json *mortise_new_digits(const char *digits, size_t length);
void mortise_set_key(mortise_json *object, const char *key, size_t length, const mortise_json *value);
/// Text that grows.
typedef struct {
    char *bytes;
    size_t length;
    size_t room;
} mortise_buffer;
void mortise_add(mortise_buffer *buffer, const char *bytes, size_t length);
void mortise_add_text(mortise_buffer *buffer, const char *text);

// ---- failures -----------------------------------------------------------------------------

/// Reads what the host or the application handed over; fails with `the {what} does not fit: …`.
const mortise_json *mortise_read(const char *text, size_t length, const char *schema, const char *what,
                                 mortise_disposition disposition);

// ---- HTTP ---------------------------------------------------------------------------------

typedef enum { BODY_EMPTY, BODY_BYTES, BODY_FILE, BODY_MULTIPART } mortise_body_kind;

typedef struct {
    const char *name;
    const char *file_name;
    const char *content_type;
    /// Or `NULL`, where the part is bytes.
    const char *file;
    const char *bytes;
    size_t length;
} mortise_part;

struct mortise_request {
    const char *method;
    const char *url;
    mortise_pair *headers;
    size_t header_count;
    size_t header_room;
    mortise_body_kind body;
    const char *bytes;
    size_t length;
    const char *file;
    mortise_part *parts;
    size_t part_count;
    size_t part_room;
    bool anonymous;
    bool save_as_file;
    /// 0 for the host's own.
    uint32_t timeout_ms;
};

struct mortise_response {
    uint16_t status;
    mortise_pair *headers;
    size_t header_count;
    const char *bytes;
    size_t length;
    const char *file;
};

// ---- what the host is asked: by imports in a component, by the fake host in tests -----------

const char *host_workflow(void);
const char *host_run(void);
const char *host_step(void);
uint32_t host_attempt(void);
const char *host_idempotency_key(void);
uint64_t host_remaining_ms(void);
bool host_cancelled(void);
/// Those that give `false` or `NULL` leave the reason in `why`.
const char *host_callback_url(const char **why);
const char *host_settings(size_t *length);
const uint8_t *host_sign(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                         size_t *signature_length, const char **why);
bool host_verify(const char *secret, mortise_algorithm algorithm, const void *data, size_t length,
                 const void *signature, size_t signature_length, bool *same, const char **why);
mortise_response *host_send(const mortise_request *request, mortise_http_error *error);
const mortise_file_info *host_file_stat(const char *id, const char **why);
const uint8_t *host_file_read(const char *id, uint64_t offset, uint32_t length, size_t *got, const char **why);
const char *host_file_create(const char *name, const char *content_type, const char **why);
bool host_file_append(const char *id, const void *data, size_t length, const char **why);
const uint8_t *host_state_get(const char *key, size_t *length);
void host_state_set(const char *key, const void *value, size_t length);
void host_state_delete(const char *key);
void host_log(mortise_level level, const char *message, const mortise_pair *fields, size_t count);

// ---- calls, as the host makes them: names and JSON text in, values out ----------------------

typedef struct {
    const char *text;
    size_t length;
} mortise_text;

/// Text of the turn's token and callback; their `text` is `NULL` where there is none.
mortise_outcome *mortise_call_action(const char *name, mortise_text input, int turn, mortise_text token,
                                     mortise_text callback);
mortise_account *mortise_call_check(void);
mortise_result *mortise_call_batch(const char *name, const mortise_text *inputs, const char *const *keys, size_t count);
mortise_news *mortise_call_poll(const char *name, mortise_text input, mortise_text cursor);
mortise_reception *mortise_call_receive(const char *name, mortise_text input, mortise_text memory,
                                        const mortise_incoming *request);
mortise_subscription *mortise_call_subscribe(const char *name, mortise_text input, const char *url,
                                             mortise_text memory);
bool mortise_call_unsubscribe(const char *name, mortise_text input, mortise_text memory);
mortise_choices *mortise_call_options(const char *operation, const char *field, mortise_text input, const char *query,
                                      mortise_text page);
mortise_schemas *mortise_call_schemas(const char *operation, mortise_text input);
/// One result for each record: `output` is an array of what comes of it.
mortise_result *mortise_call_transform(const char *name, mortise_text config, const mortise_text *records,
                                       size_t count);

#endif
