#ifdef __wasm__

#include <string.h>

#include "wasm.h"

/// A role that the plugin registers and its world does not export would never be called.
static void check_world(bool is_registered, bool is_exported, const char *interface) {
    if (is_registered != is_exported) {
        mortise_panic("`wit/world.wit` %s `%s`, which `MORTISE_PLUGIN` %s", is_exported ? "exports" : "does not export",
                      interface, is_registered ? "has" : "does not have");
    }
}

#ifdef MORTISE_ROLE_CHECK
#define HAS_CHECK true
#else
#define HAS_CHECK false
#endif
#ifdef MORTISE_ROLE_ACTIONS
#define HAS_ACTIONS true
#else
#define HAS_ACTIONS false
#endif
#ifdef MORTISE_ROLE_BATCH
#define HAS_BATCH true
#else
#define HAS_BATCH false
#endif
#ifdef MORTISE_ROLE_POLLING
#define HAS_POLLING true
#else
#define HAS_POLLING false
#endif
#ifdef MORTISE_ROLE_WEBHOOKS
#define HAS_WEBHOOKS true
#else
#define HAS_WEBHOOKS false
#endif
#ifdef MORTISE_ROLE_EXPLORE
#define HAS_EXPLORE true
#else
#define HAS_EXPLORE false
#endif
#ifdef MORTISE_ROLE_TRANSFORM
#define HAS_TRANSFORM true
#else
#define HAS_TRANSFORM false
#endif

void exports_mortise_plugin_describe_describe(exports_mortise_plugin_describe_json_t *ret) {
    check_world(MORTISE_PLUGIN.check != NULL, HAS_CHECK, "check");
    check_world(MORTISE_PLUGIN.actions != NULL, HAS_ACTIONS, "actions");
    check_world(MORTISE_PLUGIN.batch != NULL, HAS_BATCH, "batch");
    check_world(MORTISE_PLUGIN.polling != NULL, HAS_POLLING, "polling");
    check_world(MORTISE_PLUGIN.webhooks != NULL, HAS_WEBHOOKS, "webhooks");
    check_world(MORTISE_PLUGIN.explore != NULL, HAS_EXPLORE, "explore");
    check_world(MORTISE_PLUGIN.transforms != NULL, HAS_TRANSFORM, "transform");
    *ret = wasm_give_json(mortise_describe());
}

#ifdef MORTISE_ROLE_CHECK
bool exports_mortise_plugin_check_check(exports_mortise_plugin_check_account_t *ret,
                                        exports_mortise_plugin_check_failure_t *err) {
    const mortise_account *account = mortise_call_check();
    if (account == NULL) {
        return wasm_give_failure(err, NULL);
    }
    ret->id = wasm_give(account->id);
    ret->label = wasm_give(account->label);
    ret->scopes.len = mortise_count(account->scopes);
    ret->scopes.ptr = wasm_give_list(ret->scopes.len, sizeof *ret->scopes.ptr);
    for (size_t index = 0; index < ret->scopes.len; index += 1) {
        ret->scopes.ptr[index] = wasm_give(mortise_as_string(mortise_element(account->scopes, index)));
    }
    ret->settings = wasm_give_json(account->settings == NULL ? mortise_new_object() : account->settings);
    return true;
}
#endif

#ifdef MORTISE_ROLE_ACTIONS
static void give_page(const mortise_outcome *outcome, exports_mortise_plugin_actions_page_t *page) {
    page->records.len = mortise_count(outcome->output);
    page->records.ptr = wasm_give_list(page->records.len, sizeof *page->records.ptr);
    for (size_t index = 0; index < page->records.len; index += 1) {
        page->records.ptr[index] = wasm_give_json(mortise_element(outcome->output, index));
    }
    page->next.is_some = outcome->token != NULL;
    if (page->next.is_some) {
        page->next.val = wasm_give_json(outcome->token);
    }
}

bool exports_mortise_plugin_actions_invoke(plugin_string_t *operation, exports_mortise_plugin_actions_json_t *input,
                                           exports_mortise_plugin_actions_turn_t *turn,
                                           exports_mortise_plugin_actions_outcome_t *ret,
                                           exports_mortise_plugin_actions_failure_t *err) {
    int kind = MORTISE_START_TURN;
    mortise_text token = {NULL, 0};
    mortise_text callback = {NULL, 0};
    if (turn->tag == EXPORTS_MORTISE_PLUGIN_ACTIONS_TURN_NEXT) {
        kind = MORTISE_NEXT_TURN;
        token = wasm_text(&turn->val.next);
    } else if (turn->tag == EXPORTS_MORTISE_PLUGIN_ACTIONS_TURN_RESUMED) {
        kind = MORTISE_RESUMED_TURN;
        token = wasm_text(&turn->val.resumed.f0);
        callback = wasm_text(turn->val.resumed.f1.is_some ? &turn->val.resumed.f1.val : NULL);
    }
    const mortise_outcome *outcome = mortise_call_action(wasm_take(*operation), wasm_text(input), kind, token,
                                                         callback);
    if (outcome == NULL) {
        return wasm_give_failure(err, NULL);
    }
    memset(ret, 0, sizeof *ret);
    switch (outcome->kind) {
    case MORTISE_DONE:
        ret->tag = EXPORTS_MORTISE_PLUGIN_ACTIONS_OUTCOME_DONE;
        ret->val.done = wasm_give_json(outcome->output);
        break;
    case MORTISE_PAGE:
        ret->tag = EXPORTS_MORTISE_PLUGIN_ACTIONS_OUTCOME_PAGE;
        give_page(outcome, &ret->val.page);
        break;
    case MORTISE_SUSPENDED:
        ret->tag = EXPORTS_MORTISE_PLUGIN_ACTIONS_OUTCOME_SUSPENDED;
        ret->val.suspended.token = wasm_give_json(outcome->token);
        ret->val.suspended.poll_after_ms.is_some = outcome->has_poll_after;
        ret->val.suspended.poll_after_ms.val = outcome->poll_after_ms;
        ret->val.suspended.callback = outcome->callback;
        break;
    }
    return true;
}
#endif

#endif
