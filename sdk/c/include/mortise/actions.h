/// Does one thing in an application: creates, reads, sends, searches.
#ifndef MORTISE_ACTIONS_H
#define MORTISE_ACTIONS_H

#include "mortise/failure.h"

/// What a second call with the same idempotency key does.
typedef enum {
    /// It happens twice.
    MORTISE_DUPLICATES,
    /// Nothing: it reads, or sets what is set already.
    MORTISE_SAFE,
    /// Nothing, because the application knows the key.
    MORTISE_KEYED,
} mortise_repeat;

/// Which turn of a longer operation this is. Each is journaled and retried on its own.
typedef struct {
    enum { MORTISE_START_TURN, MORTISE_NEXT_TURN, MORTISE_RESUMED_TURN } kind;
    /// Of the page that is asked for, or what the suspension kept; `NULL` at the start.
    const mortise_json *token;
    /// What came to the callback, or `NULL`.
    const mortise_json *callback;
} mortise_turn;

/// The token of the page that is asked for; `NULL` at the first one. One that does not fit the schema
/// fails the call, and is `NULL` as well: see `mortise_failed`.
const mortise_json *mortise_page_token(const mortise_turn *turn, const char *schema);

/// What came of a turn.
typedef struct {
    enum { MORTISE_DONE, MORTISE_PAGE, MORTISE_SUSPENDED } kind;
    /// The whole result, or an array with the records of a page.
    const mortise_json *output;
    /// Asks for the next page, or goes on with the suspension; `NULL` for none.
    const mortise_json *token;
    /// Ask again after so many milliseconds, where `has_poll_after` is set.
    bool has_poll_after;
    uint64_t poll_after_ms;
    /// The application will call `mortise_callback_url`.
    bool callback;
} mortise_outcome;

/// The whole result.
mortise_outcome *mortise_done(const mortise_json *output);
/// Some of the records, as an array, and what asks for the next ones; `NULL` or `null` at the end.
mortise_outcome *mortise_page(const mortise_json *records, const mortise_json *next);
/// The application works on: the next turn comes after so many milliseconds, with this token.
mortise_outcome *mortise_later(const mortise_json *token, uint64_t after_ms);
/// The application works on and will call `mortise_callback_url`: the next turn comes with this token
/// and what it sent.
mortise_outcome *mortise_until_called(const mortise_json *token);

typedef struct {
    /// Kebab-case, unique in the plugin: `post-message`.
    const char *name;
    /// One sentence: lower case, no full stop.
    const char *summary;
    mortise_repeat repeat;
    /// JSON Schemas of the step's `with`, and of the output or, where it is `paged`, of one record.
    const char *input;
    const char *output;
    /// JSON list of examples, or `NULL`.
    const char *examples;
    /// Answers with `mortise_page`.
    bool paged;
    /// Uses `mortise_state_get` and its like: the engine then runs it one call at a time.
    bool stateful;
    /// Called once for each turn of each attempt; the input fits its schema.
    mortise_outcome *(*invoke)(const mortise_json *input, const mortise_turn *turn);
} mortise_action;

#endif
