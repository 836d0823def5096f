#include <string.h>

#include "internal.h"

/// Both have the same start: the name of the operation.
#define FIND(list, wanted)                                                                                             \
    for (size_t at = 0; (list) != NULL && (list)[at] != NULL; at += 1) {                                               \
        if (strcmp((list)[at]->name, wanted) == 0) {                                                                   \
            return (list)[at];                                                                                         \
        }                                                                                                              \
    }

static void *unknown(const char *role, const char *name) {
    return mortise_fail(MORTISE_MISCONFIGURED, "this plugin has no %s called `%s`", role, name);
}

static const mortise_action *find_action(const char *name) {
    FIND(MORTISE_PLUGIN.actions, name)
    return unknown("action", name);
}

static const mortise_polling *find_polling(const char *name) {
    FIND(MORTISE_PLUGIN.polling, name)
    return unknown("polling", name);
}

static const mortise_webhook *find_webhook(const char *name) {
    FIND(MORTISE_PLUGIN.webhooks, name)
    return unknown("webhook", name);
}

/// The result of an operation counts only where nothing failed; one without a result has to say why.
static void *settle(void *result, const char *name) {
    if (mortise_failed() != NULL) {
        return NULL;
    }
    if (result == NULL) {
        mortise_panic("`%s` gave neither a result nor a failure", name);
    }
    return result;
}

static const mortise_json *read_input(mortise_text text, const char *schema) {
    return mortise_read(text.text, text.length, schema, "input", MORTISE_REJECT);
}

/// `NULL` where there is none; one that cannot be read is a failure.
static const mortise_json *read_kept(mortise_text text, const char *schema, const char *what) {
    return text.text == NULL ? NULL : mortise_read(text.text, text.length, schema, what, MORTISE_REJECT);
}

mortise_outcome *mortise_call_action(const char *name, mortise_text input, int turn_kind, mortise_text token,
                                     mortise_text callback) {
    const mortise_action *action = find_action(name);
    if (action == NULL) {
        return NULL;
    }
    const mortise_json *with = read_input(input, action->input);
    mortise_turn turn = {.kind = MORTISE_START_TURN};
    turn.kind = turn_kind == MORTISE_NEXT_TURN      ? MORTISE_NEXT_TURN
                : turn_kind == MORTISE_RESUMED_TURN ? MORTISE_RESUMED_TURN
                                                    : MORTISE_START_TURN;
    turn.token = read_kept(token, NULL, turn.kind == MORTISE_NEXT_TURN ? "page token" : "suspension token");
    turn.callback = read_kept(callback, NULL, "callback");
    return settle(mortise_failed() != NULL ? NULL : action->invoke(with, &turn), name);
}

mortise_account *mortise_call_check(void) {
    if (MORTISE_PLUGIN.check == NULL) {
        return mortise_fail(MORTISE_MISCONFIGURED, "this plugin has no check");
    }
    return settle(MORTISE_PLUGIN.check(), "check");
}

mortise_news *mortise_call_poll(const char *name, mortise_text input, mortise_text cursor) {
    const mortise_polling *polling = find_polling(name);
    if (polling == NULL) {
        return NULL;
    }
    const mortise_json *with = read_input(input, polling->input);
    const mortise_json *from = read_kept(cursor, polling->cursor, "cursor");
    return settle(mortise_failed() != NULL ? NULL : polling->poll(with, from), name);
}

mortise_reception *mortise_call_receive(const char *name, mortise_text input, mortise_text memory,
                                        const mortise_incoming *request) {
    const mortise_webhook *webhook = find_webhook(name);
    if (webhook == NULL) {
        return NULL;
    }
    const mortise_json *with = read_input(input, webhook->input);
    const mortise_json *kept = read_kept(memory, webhook->memory, "subscription's memory");
    return settle(mortise_failed() != NULL ? NULL : webhook->receive(with, kept, request), name);
}

mortise_subscription *mortise_call_subscribe(const char *name, mortise_text input, const char *url,
                                             mortise_text memory) {
    const mortise_webhook *webhook = find_webhook(name);
    if (webhook == NULL) {
        return NULL;
    }
    if (webhook->subscribe == NULL) {
        return mortise_fail(MORTISE_MISCONFIGURED, "`%s` cannot register its webhook", name);
    }
    const mortise_json *with = read_input(input, webhook->input);
    const mortise_json *kept = read_kept(memory, webhook->memory, "subscription's memory");
    return settle(mortise_failed() != NULL ? NULL : webhook->subscribe(with, url, kept), name);
}

bool mortise_call_unsubscribe(const char *name, mortise_text input, mortise_text memory) {
    const mortise_webhook *webhook = find_webhook(name);
    if (webhook == NULL) {
        return false;
    }
    if (webhook->unsubscribe == NULL) {
        mortise_fail(MORTISE_MISCONFIGURED, "`%s` cannot register its webhook", name);
        return false;
    }
    const mortise_json *with = read_input(input, webhook->input);
    const mortise_json *kept = read_kept(memory, webhook->memory, "subscription's memory");
    if (mortise_failed() != NULL) {
        return false;
    }
    if (!webhook->unsubscribe(with, kept) && mortise_failed() == NULL) {
        mortise_panic("`%s` gave neither a result nor a failure", name);
    }
    return mortise_failed() == NULL;
}

mortise_choices *mortise_call_options(const char *operation, const char *field, mortise_text input, const char *query,
                                      mortise_text page) {
    if (MORTISE_PLUGIN.explore == NULL || MORTISE_PLUGIN.explore->options == NULL) {
        return mortise_fail(MORTISE_MISCONFIGURED, "this plugin knows no choices");
    }
    mortise_question question = {.operation = operation, .field = field, .query = query};
    question.input = read_input(input, NULL);
    question.page = read_kept(page, NULL, "page token");
    return settle(mortise_failed() != NULL ? NULL : MORTISE_PLUGIN.explore->options(&question), operation);
}

mortise_schemas *mortise_call_schemas(const char *operation, mortise_text input) {
    if (MORTISE_PLUGIN.explore == NULL || MORTISE_PLUGIN.explore->schemas == NULL) {
        return mortise_fail(MORTISE_MISCONFIGURED, "this plugin knows no schemas");
    }
    const mortise_json *known = read_input(input, NULL);
    return settle(known == NULL ? NULL : MORTISE_PLUGIN.explore->schemas(operation, known), operation);
}
