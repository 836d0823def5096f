/// A plugin with what the sample does not have: batch, suspensions, choices, state, a transform of all
/// records, and a webhook that subscribes and answers.
#include <string.h>

#include "mortise.h"

static mortise_outcome *render(const mortise_json *input, const mortise_turn *turn) {
    if (turn->kind == MORTISE_RESUMED_TURN && turn->callback != NULL) {
        return mortise_done(turn->callback);
    }
    if (turn->kind == MORTISE_RESUMED_TURN) {
        return mortise_later(turn->token, 5000);
    }
    mortise_json *order = mortise_new_object();
    mortise_set(order, "scene", mortise_member(input, "scene"));
    mortise_set_string(order, "call", mortise_callback_url());
    mortise_request *request = mortise_post("https://video.example/jobs");
    mortise_body_json(request, order);
    return mortise_until_called(mortise_answer(mortise_ok(mortise_send(request)), "true"));
}

static mortise_outcome *count(const mortise_json *input, const mortise_turn *turn) {
    (void)input, (void)turn;
    size_t length;
    const uint8_t *before = mortise_state_get("count", &length);
    const char next[] = {before == NULL ? '1' : (char)(before[0] + 1), '\0'};
    mortise_state_set("count", next, 1);
    mortise_log_fields(MORTISE_LOG_INFO, "counted", (const char *const[]){"to", next, NULL});
    const char *file = mortise_file_create("count.txt", "text/plain");
    if (!mortise_file_append(file, next, 1)) {
        return NULL;
    }
    return mortise_done(mortise_new_string(file));
}

static mortise_outcome *fetch(const mortise_json *input, const mortise_turn *turn) {
    (void)turn;
    mortise_request *request = mortise_get(mortise_string(input, "url"));
    mortise_query(request, "q", mortise_string(input, "q"));
    mortise_anonymous(request);
    return mortise_done(mortise_answer(mortise_ok(mortise_send(request)), "{\"type\":\"array\"}"));
}

static bool send_all(mortise_item *items, size_t items_count) {
    for (size_t index = 0; index < items_count; index += 1) {
        const char *text = mortise_string(items[index].input, "text");
        if (strcmp(text, "nothing") == 0) {
            continue;
        }
        if (strcmp(text, "all") == 0) {
            return mortise_fail(MORTISE_RETRY, "the application is away") != NULL;
        }
        if (strcmp(text, "bad") == 0) {
            mortise_fail(MORTISE_REJECT, "a bad text");
            items[index].failure = mortise_take_failure();
            continue;
        }
        items[index].output = mortise_new_string(items[index].idempotency_key);
    }
    return true;
}

static mortise_reception *paid(const mortise_json *input, const mortise_json *memory, const mortise_incoming *request) {
    (void)input, (void)memory;
    mortise_reception *reception = mortise_received();
    const char *challenge = mortise_incoming_query(request, "challenge");
    if (challenge != NULL) {
        reception->reply = mortise_reply_text(200, challenge);
        reception->memory = mortise_new_string("proven");
        return reception;
    }
    const mortise_json *payment = mortise_incoming_json(request, "{\"required\":[\"id\"]}");
    return mortise_add_event(&reception->events, mortise_string(payment, "id"), payment) == NULL ? NULL : reception;
}

static mortise_subscription *subscribe(const mortise_json *input, const char *url, const mortise_json *memory) {
    (void)input, (void)memory;
    mortise_subscription *subscription = mortise_subscribed(mortise_new_string(url));
    mortise_keep_secret(subscription, "signing-secret", "s");
    mortise_keep_secret(subscription, "other", "t");
    subscription->renew_after_ms = 86400000;
    return subscription;
}

static bool unsubscribe(const mortise_json *input, const mortise_json *memory) {
    (void)input;
    return strcmp(mortise_as_string(memory), "gone") == 0 ? mortise_fail(MORTISE_REJECT, "it is gone") != NULL : true;
}

static mortise_choices *options(const mortise_question *question) {
    mortise_choices *choices = mortise_choices_new();
    mortise_add_choice(choices, mortise_new_integer(1), mortise_format("%s in %s", question->query, question->field));
    return choices;
}

static const mortise_json *sum(const mortise_json *config, const mortise_json *records) {
    (void)config;
    int64_t total = 0;
    for (size_t index = 0; index < mortise_count(records); index += 1) {
        int64_t one;
        if (!mortise_as_integer(mortise_element(records, index), &one) || one > 1000) {
            return mortise_fail(MORTISE_REJECT, "the record is too large");
        }
        total += one;
    }
    return mortise_new_integer(total);
}

static mortise_outcome *silent(const mortise_json *input, const mortise_turn *turn) {
    (void)input, (void)turn;
    return NULL;
}

static const mortise_action RENDER = {.name = "render",
                                      .summary = "renders a video",
                                      .repeat = MORTISE_KEYED,
                                      .input = "{\"required\":[\"scene\"]}",
                                      .invoke = render};
static const mortise_action COUNT = {.name = "count", .summary = "counts", .stateful = true, .invoke = count};
static const mortise_action FETCH = {
    .name = "fetch", .summary = "fetches", .repeat = MORTISE_SAFE, .input = "{\"type\":\"object\"}", .invoke = fetch};
static const mortise_action SILENT = {.name = "silent", .summary = "says nothing", .invoke = silent};
static const mortise_batch SEND_ALL = {.name = "send-all",
                                       .summary = "sends many",
                                       .repeat = MORTISE_KEYED,
                                       .input = "{\"required\":[\"text\"]}",
                                       .invoke = send_all};
static const mortise_webhook PAID = {.name = "paid",
                                     .summary = "somebody paid",
                                     .verification = "{\"scheme\":\"stripe\",\"secret\":\"signing-secret\"}",
                                     .answers = true,
                                     .receive = paid,
                                     .subscribe = subscribe,
                                     .unsubscribe = unsubscribe};
static const mortise_explore EXPLORE = {.options = options};
static const mortise_transform SUM = {
    .name = "sum", .summary = "adds", .record = "{\"type\":\"integer\"}", .combine = sum};

static const mortise_action *const ACTIONS[] = {&RENDER, &COUNT, &FETCH, &SILENT, NULL};
static const mortise_batch *const BATCH[] = {&SEND_ALL, NULL};
static const mortise_webhook *const WEBHOOKS[] = {&PAID, NULL};
static const mortise_transform *const TRANSFORMS[] = {&SUM, NULL};

const mortise_plugin MORTISE_PLUGIN = {
    .name = "acme/all",
    .version = "0.1.0",
    .title = "All",
    .settings = "{\"properties\":{\"base\":{\"type\":\"string\"}}}",
    .actions = ACTIONS,
    .batch = BATCH,
    .webhooks = WEBHOOKS,
    .explore = &EXPLORE,
    .transforms = TRANSFORMS,
};
