/// What the sources of the fake host share.
#ifndef MORTISE_FAKE_INTERNAL_H
#define MORTISE_FAKE_INTERNAL_H

#include "../src/internal.h"
#include "mortise_fake.h"

typedef struct {
    mortise_response *response;
    mortise_http_error error;
} fake_scripted;

typedef struct {
    const char *key;
    const char *name;
    const char *content_type;
    mortise_buffer bytes;
} fake_kept;

/// All of it lies in the memory of the call, which the fake host frees between two tests alone.
typedef struct {
    fake_scripted *answers;
    size_t answer_count;
    size_t answer_room;
    size_t answers_given;
    const mortise_request **requests;
    size_t request_count;
    size_t request_room;
    const char **log;
    size_t log_count;
    size_t log_room;
    fake_kept *files;
    size_t file_count;
    size_t file_room;
    fake_kept *state;
    size_t state_count;
    size_t state_room;
    const char *settings;
    uint32_t attempt;
    const char *key;
    uint64_t remaining_ms;
    bool cancelled;
    const char *callback_url;
    const mortise_failure *failure;
} fake_host;

extern fake_host fake_current;

/// A new host without memory of the one before.
void fake_reset(void);
/// What is wrong with the plugin: shown, and the test fails.
void fake_complain(const char *file, int line, const char *format, ...) MORTISE_PRINTF(3, 4);

#endif
