/// What happens in applications: polling asks for it, webhooks are told.
#ifndef MORTISE_EVENTS_H
#define MORTISE_EVENTS_H

#include "mortise/failure.h"

typedef struct mortise_event {
    /// The application's id: one run for one id of one trigger.
    const char *id;
    /// RFC 3339, or `NULL`.
    const char *occurred_at;
    /// Events of one key keep their order; `NULL` for none.
    const char *ordering_key;
    /// What the workflow sees as `.event`.
    const mortise_json *payload;
} mortise_event;

/// In the order in which they happened.
typedef struct {
    mortise_event *items;
    size_t count;
    size_t room;
} mortise_events;

/// Adds an event; what comes back takes the rest. `NULL` where id or payload is `NULL`.
mortise_event *mortise_add_event(mortise_events *events, const char *id, const mortise_json *payload);

// ---- polling ------------------------------------------------------------------------------

/// Where the first poll of a trigger begins, for `properties` of a polling's `input`. The host puts it
/// into the input: `now` gives a cursor and as a rule no events, `beginning` the oldest there is.
#define MORTISE_START                                                                                                  \
    "\"start\":{\"description\":\"Where the first poll begins.\",\"type\":\"string\",\"enum\":[\"now\","               \
    "\"beginning\"],\"default\":\"now\"}"

/// Whether the first poll of a trigger begins now: there is no cursor, and `start` is not `beginning`.
bool mortise_starts_now(const mortise_json *input, const mortise_json *cursor);

typedef struct {
    mortise_events events;
    /// Where the next poll goes on: kept together with the events or not at all.
    const mortise_json *cursor;
    /// There is more now: poll again at once.
    bool more;
} mortise_news;

/// Nothing new so far, and where the next poll goes on.
mortise_news *mortise_news_from(const mortise_json *cursor, bool more);

typedef struct {
    /// Kebab-case, unique in the plugin: `new-deals`.
    const char *name;
    /// One sentence: lower case, no full stop.
    const char *summary;
    /// JSON Schemas of the trigger's `with`, of the cursor and of an event's payload.
    const char *input;
    const char *cursor;
    const char *output;
    /// JSON list of examples, or `NULL`.
    const char *examples;
    /// Uses `mortise_state_get` and its like.
    bool stateful;
    /// Called every so often; the cursor is `NULL` the first time. Input and cursor fit their schemas.
    mortise_news *(*poll)(const mortise_json *input, const mortise_json *cursor);
} mortise_polling;

// ---- webhooks -----------------------------------------------------------------------------

typedef struct {
    const char *name;
    const char *value;
} mortise_pair;

/// A request that came to a webhook.
typedef struct {
    const char *method;
    const char *path_and_query;
    const mortise_pair *headers;
    size_t header_count;
    const char *body;
    size_t body_length;
} mortise_incoming;

/// The first header of a name, or `NULL`.
const char *mortise_incoming_header(const mortise_incoming *request, const char *name);
/// The first parameter of a name in the query, decoded, or `NULL`.
const char *mortise_incoming_query(const mortise_incoming *request, const char *name);
/// Reads the body, which has to fit a JSON Schema; rejects what does not.
const mortise_json *mortise_incoming_json(const mortise_incoming *request, const char *schema);

/// The answer that the application expects, for an operation that sets `answers`.
typedef struct {
    uint16_t status;
    /// `NULL` where there is no body.
    const char *content_type;
    const char *body;
    size_t body_length;
} mortise_reply;

typedef struct {
    mortise_events events;
    /// `NULL` for none.
    mortise_reply *reply;
    /// The subscription's memory from now on, where it changes, or `NULL`.
    const mortise_json *memory;
} mortise_reception;

/// No events so far.
mortise_reception *mortise_received(void);
/// A reply with a text, such as to a challenge; `NULL` for a status and nothing else.
mortise_reply *mortise_reply_text(uint16_t status, const char *text);

/// A registration with the application.
typedef struct {
    /// Comes back at `receive`, at the next `subscribe` and at `unsubscribe`.
    const mortise_json *memory;
    /// Secrets that the application issued, by name: the host keeps them.
    mortise_pair *secrets;
    size_t secret_count;
    /// Subscribe again after so long; 0 for never.
    uint64_t renew_after_ms;
} mortise_subscription;

/// One that has no secrets and never lapses.
mortise_subscription *mortise_subscribed(const mortise_json *memory);
void mortise_keep_secret(mortise_subscription *subscription, const char *name, const char *value);

typedef struct {
    const char *name;
    const char *summary;
    /// JSON Schemas of the trigger's `with`, of a subscription's memory and of an event's payload.
    const char *input;
    const char *memory;
    const char *output;
    const char *examples;
    /// How the host checks the request, as JSON: see `verification` in the descriptor's schema.
    const char *verification;
    /// Gives the answer itself: runs before it, with no HTTP and one second.
    bool answers;
    /// Verifies the request itself with `mortise_verify`: as `answers`.
    bool verifies;
    /// Makes events of a request. The memory is `NULL` where nothing is remembered.
    mortise_reception *(*receive)(const mortise_json *input, const mortise_json *memory,
                                  const mortise_incoming *request);
    /// Registers the webhook at `url`, or renews it; `NULL` where it cannot register itself.
    mortise_subscription *(*subscribe)(const mortise_json *input, const char *url, const mortise_json *memory);
    /// Takes the registration back.
    bool (*unsubscribe)(const mortise_json *input, const mortise_json *memory);
} mortise_webhook;

#endif
