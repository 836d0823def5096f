#ifdef __wasm__

#include <string.h>

#include "wasm.h"

#ifdef MORTISE_ROLE_BATCH
bool exports_mortise_plugin_batch_invoke(plugin_string_t *operation, exports_mortise_plugin_batch_list_item_t *items,
                                         exports_mortise_plugin_batch_list_result_json_failure_t *ret,
                                         exports_mortise_plugin_batch_failure_t *err) {
    mortise_text *inputs = mortise_alloc_list(items->len, sizeof *inputs);
    const char **keys = mortise_alloc_list(items->len, sizeof *keys);
    for (size_t index = 0; index < items->len; index += 1) {
        inputs[index] = wasm_text(&items->ptr[index].input);
        keys[index] = wasm_take(items->ptr[index].idempotency_key);
    }
    const mortise_result *results = mortise_call_batch(wasm_take(*operation), inputs, keys, items->len);
    if (results == NULL) {
        return wasm_give_failure(err, NULL);
    }
    ret->len = items->len;
    ret->ptr = wasm_give_list(items->len, sizeof *ret->ptr);
    for (size_t index = 0; index < items->len; index += 1) {
        ret->ptr[index].is_err = results[index].failure != NULL;
        if (ret->ptr[index].is_err) {
            (void)wasm_give_failure(&ret->ptr[index].val.err, results[index].failure);
        } else {
            ret->ptr[index].val.ok = wasm_give_json(results[index].output);
        }
    }
    return true;
}
#endif

#ifdef MORTISE_ROLE_EXPLORE
bool exports_mortise_plugin_explore_options(plugin_string_t *operation, plugin_string_t *field,
                                            exports_mortise_plugin_explore_json_t *input, plugin_string_t *maybe_query,
                                            exports_mortise_plugin_explore_json_t *maybe_page,
                                            exports_mortise_plugin_explore_choices_t *ret,
                                            exports_mortise_plugin_explore_failure_t *err) {
    const char *query = maybe_query == NULL ? NULL : wasm_take(*maybe_query);
    const mortise_choices *choices = mortise_call_options(wasm_take(*operation), wasm_take(*field), wasm_text(input),
                                                          query, wasm_text(maybe_page));
    if (choices == NULL) {
        return wasm_give_failure(err, NULL);
    }
    memset(ret, 0, sizeof *ret);
    ret->choices.len = choices->count;
    ret->choices.ptr = wasm_give_list(choices->count, sizeof *ret->choices.ptr);
    for (size_t index = 0; index < choices->count; index += 1) {
        ret->choices.ptr[index].value = wasm_give_json(choices->items[index].value);
        ret->choices.ptr[index].label = wasm_give(choices->items[index].label);
    }
    ret->next.is_some = choices->next != NULL;
    if (ret->next.is_some) {
        ret->next.val = wasm_give_json(choices->next);
    }
    return true;
}

bool exports_mortise_plugin_explore_schemas(plugin_string_t *operation, exports_mortise_plugin_explore_json_t *input,
                                            exports_mortise_plugin_explore_tuple2_json_json_t *ret,
                                            exports_mortise_plugin_explore_failure_t *err) {
    const mortise_schemas *schemas = mortise_call_schemas(wasm_take(*operation), wasm_text(input));
    if (schemas == NULL) {
        return wasm_give_failure(err, NULL);
    }
    ret->f0 = wasm_give_json(schemas->input);
    ret->f1 = wasm_give_json(schemas->output);
    return true;
}
#endif

#ifdef MORTISE_ROLE_TRANSFORM
static void give_outcome(const mortise_result *result, exports_mortise_plugin_transform_outcome_t *out) {
    out->is_err = result->failure != NULL;
    if (out->is_err) {
        (void)wasm_give_failure(&out->val.err, result->failure);
        return;
    }
    out->val.ok.len = mortise_count(result->output);
    out->val.ok.ptr = wasm_give_list(out->val.ok.len, sizeof *out->val.ok.ptr);
    for (size_t index = 0; index < out->val.ok.len; index += 1) {
        out->val.ok.ptr[index] = wasm_give_json(mortise_element(result->output, index));
    }
}

static bool makes_one_value(const char *name) {
    for (size_t at = 0; MORTISE_PLUGIN.transforms != NULL && MORTISE_PLUGIN.transforms[at] != NULL; at += 1) {
        if (strcmp(MORTISE_PLUGIN.transforms[at]->name, name) == 0) {
            return MORTISE_PLUGIN.transforms[at]->combine != NULL;
        }
    }
    return false;
}

bool exports_mortise_plugin_transform_apply(plugin_string_t *operation, exports_mortise_plugin_transform_json_t *config,
                                            exports_mortise_plugin_transform_list_json_t *records,
                                            exports_mortise_plugin_transform_list_outcome_t *ret,
                                            exports_mortise_plugin_transform_failure_t *err) {
    const char *name = wasm_take(*operation);
    mortise_text *texts = mortise_alloc_list(records->len, sizeof *texts);
    for (size_t index = 0; index < records->len; index += 1) {
        texts[index] = wasm_text(&records->ptr[index]);
    }
    const mortise_result *results = mortise_call_transform(name, wasm_text(config), texts, records->len);
    if (results == NULL) {
        return wasm_give_failure(err, NULL);
    }
    // One value of all records is there also where there are none.
    ret->len = records->len == 0 && makes_one_value(name) ? 1 : records->len;
    ret->ptr = wasm_give_list(ret->len, sizeof *ret->ptr);
    for (size_t index = 0; index < ret->len; index += 1) {
        give_outcome(&results[index], &ret->ptr[index]);
    }
    return true;
}
#endif

#endif
