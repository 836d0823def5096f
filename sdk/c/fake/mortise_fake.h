/// A host for tests, and the tests' own tools: what a plugin asks is answered from a script and
/// written down. Everything passes through JSON text, as between a host and a component.
///
///     static void posts_a_message(void) {
///         fake_answer(201, "{\"id\":\"m1\"}");
///         CHECK_JSON(fake_invoke("post-message", "{\"text\":\"hello\"}"), "{\"id\":\"m1\"}");
///         CHECK_TEXT(fake_header(0, "idempotency-key"), "test-key");
///     }
///
///     int main(void) {
///         RUN(posts_a_message);
///         return fake_end();
///     }
#ifndef MORTISE_FAKE_H
#define MORTISE_FAKE_H

#include "mortise.h"

// ---- the script: before each test there is a new host, without answers, connection and files --

/// What the next request without an answer gets; one that is not in the script is not sent.
void fake_answer(uint16_t status, const char *json);
void fake_answer_bytes(uint16_t status, const char *content_type, const void *bytes, size_t length);
/// Adds a header to the answer that was added last.
void fake_answer_header(const char *name, const char *value);
/// No answer.
void fake_no_answer(mortise_http_problem problem, const char *text, uint64_t number);
/// A connection with these settings.
void fake_settings(const char *json);
/// A later attempt; the first one otherwise.
void fake_attempt(uint32_t attempt);
/// The call's key; `test-key` otherwise.
void fake_key(const char *key);
/// What is left of the call; 30 s otherwise.
void fake_remaining_ms(uint64_t remaining_ms);
void fake_cancelled(void);
/// Where the application can call back; nowhere otherwise.
void fake_callback_url(const char *url);
/// A file of the run; the name may be `NULL`.
void fake_file(const char *id, const char *name, const char *content_type, const void *bytes, size_t length);

// ---- calls: `NULL` or false where the call failed, see `fake_failure` -------------------------

/// Calls an action that takes one turn; a page gives its records, a suspension its token.
const mortise_json *fake_invoke(const char *action, const char *input);
/// Makes the first turn of an action, asks for the page after a token, goes on with a suspension.
mortise_outcome *fake_start(const char *action, const char *input);
mortise_outcome *fake_next(const char *action, const char *input, const mortise_json *token);
mortise_outcome *fake_resume(const char *action, const char *input, const mortise_json *token, const char *callback);
mortise_account *fake_check(void);
/// One result for each of a JSON list of inputs; their keys are `key-0` and so on.
mortise_result *fake_batch(const char *batch, const char *inputs);
/// The cursor is `NULL` the first time.
mortise_news *fake_poll(const char *polling, const char *input, const char *cursor);
/// A request without headers.
mortise_incoming fake_incoming(const char *method, const char *path_and_query, const char *body);
mortise_reception *fake_receive(const char *webhook, const char *input, const char *memory, mortise_incoming request);
mortise_subscription *fake_subscribe(const char *webhook, const char *input, const char *url, const char *memory);
bool fake_unsubscribe(const char *webhook, const char *input, const char *memory);
mortise_choices *fake_options(const char *operation, const char *field, const char *input, const char *query);
mortise_schemas *fake_schemas(const char *operation, const char *input);
/// What comes of one record: an array.
const mortise_json *fake_apply(const char *transform, const char *config, const char *record);
/// One result for each of a JSON list of records.
mortise_result *fake_apply_all(const char *transform, const char *config, const char *records);
/// Of the last call.
const mortise_failure *fake_failure(void);

// ---- what the plugin did --------------------------------------------------------------------

size_t fake_requests(void);
const char *fake_method(size_t request);
const char *fake_url(size_t request);
const char *fake_header(size_t request, const char *name);
/// The bytes of a body, as text; `NULL` where it has none.
const char *fake_body(size_t request);
typedef struct {
    const char *name;
    const char *file_name;
    const char *content_type;
    /// The id of the file, or `NULL`.
    const char *file;
    const char *text;
} fake_part_info;
/// A part of a multipart body; `NULL` where there is none.
const fake_part_info *fake_part(size_t request, size_t part);
bool fake_is_anonymous(size_t request);
/// A line of the log as `warn: the text name=value`, or `NULL`.
const char *fake_log(size_t line);
/// The content of a file, and of a key of the state; `NULL` where there is none.
const char *fake_file_text(const char *id);
const char *fake_state_text(const char *key);

// ---- the plugin as a whole --------------------------------------------------------------------

/// `NULL`, or what is wrong with the descriptor: names, texts, and examples that do not fit their
/// schemas; a transform's examples are run.
const char *fake_examine(void);
/// `NULL`, or which interface `wit/world.wit` exports too much or not.
const char *fake_examine_world(const char *path);

// ---- the tests' own tools ---------------------------------------------------------------------

#define CHECK(condition) fake_expect((condition), #condition, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) fake_expect_text((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_INTEGER(actual, expected)                                                                                \
    fake_expect_integer((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
/// A value and the JSON that it has to be, in whichever order and spacing.
#define CHECK_JSON(actual, expected) fake_expect_json((actual), (expected), #actual, __FILE__, __LINE__)
/// The failure of the last call.
#define CHECK_FAILURE(disposition, message) fake_expect_failure((disposition), (message), __FILE__, __LINE__)
/// Runs a test, a function without parameters and result, with a host of its own.
#define RUN(test) fake_run((test), #test)

void fake_expect(bool holds, const char *what, const char *file, int line);
void fake_expect_text(const char *actual, const char *expected, const char *what, const char *file, int line);
void fake_expect_integer(long long actual, long long expected, const char *what, const char *file, int line);
void fake_expect_json(const mortise_json *actual, const char *expected, const char *what, const char *file, int line);
void fake_expect_failure(mortise_disposition disposition, const char *message, const char *file, int line);
void fake_run(void (*test)(void), const char *name);
/// What `main` returns: 0 where each test held.
int fake_end(void);

#endif
