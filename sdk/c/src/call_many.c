#include <string.h>

#include "internal.h"

static const mortise_batch *find_batch(const char *name) {
    for (size_t at = 0; MORTISE_PLUGIN.batch != NULL && MORTISE_PLUGIN.batch[at] != NULL; at += 1) {
        if (strcmp(MORTISE_PLUGIN.batch[at]->name, name) == 0) {
            return MORTISE_PLUGIN.batch[at];
        }
    }
    return mortise_fail(MORTISE_MISCONFIGURED, "this plugin has no batch operation called `%s`", name);
}

static const mortise_transform *find_transform(const char *name) {
    for (size_t at = 0; MORTISE_PLUGIN.transforms != NULL && MORTISE_PLUGIN.transforms[at] != NULL; at += 1) {
        if (strcmp(MORTISE_PLUGIN.transforms[at]->name, name) == 0) {
            return MORTISE_PLUGIN.transforms[at];
        }
    }
    return mortise_fail(MORTISE_MISCONFIGURED, "this plugin has no transform called `%s`", name);
}

/// The failure of one record alone: the call goes on.
static mortise_failure *take_failure_of(size_t index) {
    mortise_failure *failure = mortise_take_failure();
    if (failure != NULL && index <= UINT32_MAX) {
        failure->has_record = true;
        failure->record = (uint32_t)index;
    }
    return failure;
}

mortise_result *mortise_call_batch(const char *name, const mortise_text *inputs, const char *const *keys,
                                   size_t count) {
    const mortise_batch *batch = find_batch(name);
    if (batch == NULL) {
        return NULL;
    }
    mortise_result *results = mortise_alloc_list(count, sizeof *results);
    mortise_item *items = mortise_alloc_list(count, sizeof *items);
    size_t *places = mortise_alloc_list(count, sizeof *places);
    size_t readable = 0;
    for (size_t index = 0; index < count; index += 1) {
        const mortise_json *input = mortise_read(inputs[index].text, inputs[index].length, batch->input, "input",
                                                 MORTISE_REJECT);
        if (input == NULL) {
            results[index].failure = take_failure_of(index);
            continue;
        }
        items[readable].idempotency_key = keys[index];
        items[readable].input = input;
        places[readable] = index;
        readable += 1;
    }
    if (readable == 0) {
        return results;
    }
    if (!batch->invoke(items, readable) || mortise_failed() != NULL) {
        if (mortise_failed() == NULL) {
            mortise_panic("`%s` gave neither results nor a failure", name);
        }
        return NULL;
    }
    for (size_t index = 0; index < readable; index += 1) {
        mortise_result *result = &results[places[index]];
        result->output = items[index].output;
        result->failure = items[index].failure;
        if (result->failure != NULL) {
            result->failure->has_record = true;
            result->failure->record = (uint32_t)places[index];
        } else if (result->output == NULL) {
            return mortise_fail(MORTISE_UNCLEAR, "`%s` gave no result for the item %zu", name, places[index]);
        }
    }
    return results;
}

static const mortise_json *apply_one(const mortise_transform *transform, const mortise_json *config,
                                     mortise_text record) {
    const mortise_json *value = mortise_read(record.text, record.length, transform->record, "record", MORTISE_REJECT);
    const mortise_json *outputs = value == NULL ? NULL : transform->apply(config, value);
    if (mortise_failed() != NULL) {
        return NULL;
    }
    if (mortise_kind_of(outputs) != MORTISE_ARRAY) {
        mortise_panic("`%s` gave neither an array of records nor a failure", transform->name);
    }
    return outputs;
}

/// One value of all records: it is the first outcome's, also where there is no record.
static mortise_result *combine(const mortise_transform *transform, const mortise_json *config,
                               const mortise_text *records, size_t count) {
    mortise_json *all = mortise_new_array();
    for (size_t index = 0; index < count; index += 1) {
        const mortise_json *record = mortise_read(records[index].text, records[index].length, transform->record,
                                                  "record", MORTISE_REJECT);
        if (record == NULL) {
            mortise_failed()->has_record = true;
            mortise_failed()->record = (uint32_t)index;
            return NULL;
        }
        mortise_append(all, record);
    }
    const mortise_json *value = transform->combine(config, all);
    if (mortise_failed() != NULL) {
        return NULL;
    }
    if (value == NULL) {
        mortise_panic("`%s` gave neither a value nor a failure", transform->name);
    }
    mortise_result *results = mortise_alloc_list(count == 0 ? 1 : count, sizeof *results);
    results[0].output = mortise_one(value);
    for (size_t index = 1; index < count; index += 1) {
        results[index].output = mortise_new_array();
    }
    return results;
}

mortise_result *mortise_call_transform(const char *name, mortise_text config, const mortise_text *records,
                                       size_t count) {
    const mortise_transform *transform = find_transform(name);
    if (transform == NULL) {
        return NULL;
    }
    const mortise_json *with = mortise_read(config.text, config.length, transform->config, "configuration",
                                            MORTISE_MISCONFIGURED);
    if (with == NULL) {
        return NULL;
    }
    if (transform->combine != NULL) {
        return combine(transform, with, records, count);
    }
    mortise_result *results = mortise_alloc_list(count, sizeof *results);
    for (size_t index = 0; index < count; index += 1) {
        results[index].output = apply_one(transform, with, records[index]);
        results[index].failure = take_failure_of(index);
    }
    return results;
}
