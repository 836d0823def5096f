#include <string.h>

#include "fake.h"

static mortise_text text_of(const char *text) {
    const mortise_text none = {NULL, 0};
    const mortise_text some = {text, text == NULL ? 0 : strlen(text)};
    return text == NULL ? none : some;
}

static mortise_text text_of_value(const mortise_json *value) {
    return text_of(value == NULL ? NULL : mortise_write(value));
}

/// Remembers how the call went, so that the next one begins without a failure.
static void *end(void *result) {
    fake_current.failure = mortise_take_failure();
    return fake_current.failure == NULL ? result : NULL;
}

const mortise_failure *fake_failure(void) { return fake_current.failure; }

/// As the host reads it: from the text, which has to fit the operation's schema.
static const mortise_json *as_read(const mortise_json *value, const char *schema, const char *name, const char *what) {
    const char *text = value == NULL ? NULL : mortise_write(value);
    if (text == NULL) {
        return NULL;
    }
    mortise_misfit misfit = {"", ""};
    const mortise_json *again = mortise_parse(text, strlen(text), &misfit.problem);
    if (again == NULL || !mortise_fits(again, schema, &misfit)) {
        fake_complain(name, 0, "the %s does not fit its schema: %s at `%s` in %s", what, misfit.problem, misfit.field,
                      text);
    }
    return again;
}

static void read_outcome(const char *name, mortise_outcome *outcome) {
    const mortise_action *const *actions = MORTISE_PLUGIN.actions;
    while (strcmp((*actions)->name, name) != 0) {
        actions += 1;
    }
    const char *schema = (*actions)->output;
    outcome->token = as_read(outcome->token, NULL, name, "token");
    if (outcome->kind == MORTISE_DONE && !(*actions)->paged) {
        outcome->output = as_read(outcome->output, schema, name, "output");
    } else if (outcome->kind != MORTISE_SUSPENDED) {
        if (!(*actions)->paged) {
            fake_complain(name, 0, "a page of an action that is not `paged`");
        }
        mortise_json *records = mortise_new_array();
        for (size_t index = 0; index < mortise_count(outcome->output); index += 1) {
            mortise_append(records, as_read(mortise_element(outcome->output, index), schema, name, "record"));
        }
        outcome->output = records;
    }
}

static mortise_outcome *turn(const char *name, const char *input, int kind, const mortise_json *token,
                             const char *callback) {
    mortise_outcome *outcome = mortise_call_action(name, text_of(input), kind, text_of_value(token), text_of(callback));
    if (outcome != NULL) {
        read_outcome(name, outcome);
    }
    return end(outcome);
}

mortise_outcome *fake_start(const char *action, const char *input) {
    return turn(action, input, MORTISE_START_TURN, NULL, NULL);
}

mortise_outcome *fake_next(const char *action, const char *input, const mortise_json *token) {
    return turn(action, input, MORTISE_NEXT_TURN, token, NULL);
}

mortise_outcome *fake_resume(const char *action, const char *input, const mortise_json *token, const char *callback) {
    return turn(action, input, MORTISE_RESUMED_TURN, token, callback);
}

const mortise_json *fake_invoke(const char *action, const char *input) {
    const mortise_outcome *outcome = fake_start(action, input);
    if (outcome == NULL) {
        return NULL;
    }
    return outcome->kind == MORTISE_SUSPENDED ? outcome->token : outcome->output;
}

mortise_account *fake_check(void) { return end(mortise_call_check()); }

static size_t read_list(const char *list, mortise_text **texts) {
    const mortise_json *values = mortise_literal(list);
    const size_t count = mortise_count(values);
    *texts = mortise_alloc_list(count, sizeof **texts);
    for (size_t index = 0; index < count; index += 1) {
        (*texts)[index] = text_of_value(mortise_element(values, index));
    }
    return count;
}

mortise_result *fake_batch(const char *batch, const char *inputs) {
    mortise_text *texts;
    const size_t count = read_list(inputs, &texts);
    const char **keys = mortise_alloc_list(count, sizeof *keys);
    for (size_t index = 0; index < count; index += 1) {
        keys[index] = mortise_format("key-%zu", index);
    }
    return end(mortise_call_batch(batch, texts, keys, count));
}

static void read_events(mortise_events *events, const char *schema, const char *name) {
    for (size_t index = 0; index < events->count; index += 1) {
        events->items[index].payload = as_read(events->items[index].payload, schema, name, "payload");
    }
}

mortise_news *fake_poll(const char *polling, const char *input, const char *cursor) {
    mortise_news *news = mortise_call_poll(polling, text_of(input), text_of(cursor));
    for (size_t at = 0; news != NULL && MORTISE_PLUGIN.polling[at] != NULL; at += 1) {
        const mortise_polling *one = MORTISE_PLUGIN.polling[at];
        if (strcmp(one->name, polling) == 0) {
            read_events(&news->events, one->output, polling);
            news->cursor = as_read(news->cursor, one->cursor, polling, "cursor");
        }
    }
    return end(news);
}

mortise_incoming fake_incoming(const char *method, const char *path_and_query, const char *body) {
    const mortise_incoming request = {method, path_and_query, NULL, 0, body, body == NULL ? 0 : strlen(body)};
    return request;
}

mortise_reception *fake_receive(const char *webhook, const char *input, const char *memory, mortise_incoming request) {
    mortise_reception *reception = mortise_call_receive(webhook, text_of(input), text_of(memory), &request);
    for (size_t at = 0; reception != NULL && MORTISE_PLUGIN.webhooks[at] != NULL; at += 1) {
        const mortise_webhook *one = MORTISE_PLUGIN.webhooks[at];
        if (strcmp(one->name, webhook) == 0) {
            read_events(&reception->events, one->output, webhook);
            reception->memory = as_read(reception->memory, one->memory, webhook, "memory");
        }
    }
    return end(reception);
}

mortise_subscription *fake_subscribe(const char *webhook, const char *input, const char *url, const char *memory) {
    return end(mortise_call_subscribe(webhook, text_of(input), url, text_of(memory)));
}

bool fake_unsubscribe(const char *webhook, const char *input, const char *memory) {
    const bool done = mortise_call_unsubscribe(webhook, text_of(input), text_of(memory));
    (void)end(NULL);
    return done;
}

mortise_choices *fake_options(const char *operation, const char *field, const char *input, const char *query) {
    return end(mortise_call_options(operation, field, text_of(input), query, text_of(NULL)));
}

mortise_schemas *fake_schemas(const char *operation, const char *input) {
    return end(mortise_call_schemas(operation, text_of(input)));
}

mortise_result *fake_apply_all(const char *transform, const char *config, const char *records) {
    mortise_text *texts;
    const size_t count = read_list(records, &texts);
    mortise_result *results = mortise_call_transform(transform, text_of(config), texts, count);
    for (size_t at = 0; results != NULL && MORTISE_PLUGIN.transforms[at] != NULL; at += 1) {
        const mortise_transform *one = MORTISE_PLUGIN.transforms[at];
        for (size_t index = 0; strcmp(one->name, transform) == 0 && index < count; index += 1) {
            for (size_t place = 0; place < mortise_count(results[index].output); place += 1) {
                (void)as_read(mortise_element(results[index].output, place), one->output, transform, "record");
            }
        }
    }
    return end(results);
}

const mortise_json *fake_apply(const char *transform, const char *config, const char *record) {
    mortise_result *results = fake_apply_all(transform, config, mortise_format("[%s]", record));
    if (results == NULL) {
        return NULL;
    }
    fake_current.failure = results[0].failure;
    return results[0].output;
}
