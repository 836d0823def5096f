#include <string.h>

#include "internal.h"

static void set_json(mortise_json *object, const char *key, const char *literal) {
    if (literal != NULL) {
        mortise_set(object, key, mortise_literal(literal));
    }
}

static void set_true(mortise_json *object, const char *key, bool is_set) {
    if (is_set) {
        mortise_set_bool(object, key, true);
    }
}

static void set_list(mortise_json *object, const char *key, const char *const *texts) {
    mortise_json *list = mortise_new_array();
    for (size_t index = 0; texts != NULL && texts[index] != NULL; index += 1) {
        mortise_append(list, mortise_new_string(texts[index]));
    }
    if (mortise_count(list) > 0) {
        mortise_set(object, key, list);
    }
}

static mortise_json *add(mortise_json *operations, const char *role, const char *name, const char *summary,
                         const char *input, const char *output) {
    mortise_json *operation = mortise_new_object();
    mortise_set_string(operation, "name", name);
    mortise_set_string(operation, "role", role);
    mortise_set_string(operation, "summary", summary);
    set_json(operation, "input", input == NULL ? "true" : input);
    set_json(operation, "output", output == NULL ? "true" : output);
    mortise_append(operations, operation);
    return operation;
}

static const char *repeat_name(mortise_repeat repeat) {
    switch (repeat) {
    case MORTISE_SAFE:
        return "safe";
    case MORTISE_KEYED:
        return "keyed";
    case MORTISE_DUPLICATES:
        break;
    }
    return "duplicates";
}

static void add_actions(mortise_json *operations) {
    const mortise_action *const *actions = MORTISE_PLUGIN.actions;
    for (size_t at = 0; actions != NULL && actions[at] != NULL; at += 1) {
        const mortise_action *one = actions[at];
        mortise_json *operation = add(operations, "action", one->name, one->summary, one->input, one->output);
        mortise_set_string(operation, "repeat", repeat_name(one->repeat));
        set_true(operation, "stateful", one->stateful);
        set_true(operation, "paging", one->paged);
        set_json(operation, "examples", one->examples);
    }
    const mortise_batch *const *batch = MORTISE_PLUGIN.batch;
    for (size_t at = 0; batch != NULL && batch[at] != NULL; at += 1) {
        const mortise_batch *one = batch[at];
        mortise_json *operation = add(operations, "batch", one->name, one->summary, one->input, one->output);
        mortise_set_string(operation, "repeat", repeat_name(one->repeat));
        set_json(operation, "examples", one->examples);
    }
}

static void add_triggers(mortise_json *operations) {
    const mortise_polling *const *polling = MORTISE_PLUGIN.polling;
    for (size_t at = 0; polling != NULL && polling[at] != NULL; at += 1) {
        const mortise_polling *one = polling[at];
        mortise_json *operation = add(operations, "polling", one->name, one->summary, one->input, one->output);
        mortise_set_string(operation, "repeat", "safe");
        set_true(operation, "stateful", one->stateful);
        set_json(operation, "examples", one->examples);
    }
    const mortise_webhook *const *webhooks = MORTISE_PLUGIN.webhooks;
    for (size_t at = 0; webhooks != NULL && webhooks[at] != NULL; at += 1) {
        const mortise_webhook *one = webhooks[at];
        mortise_json *operation = add(operations, "webhook", one->name, one->summary, one->input, one->output);
        mortise_set_string(operation, "repeat", "safe");
        set_json(operation, "verification", one->verification);
        set_true(operation, "answers", one->answers);
        set_true(operation, "verifies", one->verifies);
        set_true(operation, "subscribes", one->subscribe != NULL);
        set_json(operation, "examples", one->examples);
    }
}

static void add_transforms(mortise_json *operations) {
    const mortise_transform *const *transforms = MORTISE_PLUGIN.transforms;
    for (size_t at = 0; transforms != NULL && transforms[at] != NULL; at += 1) {
        const mortise_transform *one = transforms[at];
        mortise_json *operation = add(operations, "transform", one->name, one->summary, one->config, one->output);
        set_json(operation, "record", one->record == NULL ? "true" : one->record);
        mortise_set_string(operation, "records", one->combine != NULL ? "all" : "each");
        mortise_set_string(operation, "repeat", "safe");
        set_json(operation, "examples", one->examples);
    }
}

mortise_json *mortise_describe(void) {
    const mortise_plugin *plugin = &MORTISE_PLUGIN;
    mortise_json *descriptor = mortise_new_object();
    mortise_set_integer(descriptor, "schema-version", 1);
    mortise_set_string(descriptor, "name", plugin->name);
    mortise_set_string(descriptor, "version", plugin->version);
    mortise_set_string(descriptor, "licence", plugin->licence);
    mortise_set_string(descriptor, "title", plugin->title);
    mortise_set_string(descriptor, "summary", plugin->summary);
    set_json(descriptor, "settings", plugin->settings);
    if (plugin->rate_requests > 0 && plugin->rate_per_ms <= INT64_MAX) {
        mortise_json *rate = mortise_new_object();
        mortise_set_integer(rate, "requests", plugin->rate_requests);
        mortise_set_integer(rate, "per-ms", (int64_t)plugin->rate_per_ms);
        mortise_set(descriptor, "rate", rate);
    }
    set_list(descriptor, "hosts", plugin->hosts);
    set_list(descriptor, "origins", plugin->origins);
    set_json(descriptor, "authentication", plugin->authentication);
    mortise_json *operations = mortise_new_array();
    add_actions(operations);
    add_triggers(operations);
    add_transforms(operations);
    mortise_set(descriptor, "operations", operations);
    return descriptor;
}
