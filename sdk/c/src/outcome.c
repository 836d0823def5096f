#include "internal.h"

/// A value that is not there came of a failure, or of a mistake.
static mortise_outcome *make(const mortise_json *value) {
    if (value == NULL) {
        return NULL;
    }
    return mortise_alloc(sizeof(mortise_outcome));
}

mortise_outcome *mortise_done(const mortise_json *output) {
    mortise_outcome *outcome = make(output);
    if (outcome != NULL) {
        outcome->kind = MORTISE_DONE;
        outcome->output = output;
    }
    return outcome;
}

mortise_outcome *mortise_page(const mortise_json *records, const mortise_json *next) {
    mortise_outcome *outcome = make(records);
    if (outcome != NULL) {
        outcome->kind = MORTISE_PAGE;
        outcome->output = records;
        outcome->token = mortise_kind_of(next) == MORTISE_NULL ? NULL : next;
    }
    return outcome;
}

mortise_outcome *mortise_later(const mortise_json *token, uint64_t after_ms) {
    mortise_outcome *outcome = make(token);
    if (outcome != NULL) {
        outcome->kind = MORTISE_SUSPENDED;
        outcome->token = token;
        outcome->has_poll_after = true;
        outcome->poll_after_ms = after_ms;
    }
    return outcome;
}

mortise_outcome *mortise_until_called(const mortise_json *token) {
    mortise_outcome *outcome = make(token);
    if (outcome != NULL) {
        outcome->kind = MORTISE_SUSPENDED;
        outcome->token = token;
        outcome->callback = true;
    }
    return outcome;
}

const mortise_json *mortise_page_token(const mortise_turn *turn, const char *schema) {
    if (turn->kind != MORTISE_NEXT_TURN) {
        return NULL;
    }
    mortise_misfit misfit;
    if (!mortise_fits(turn->token, schema, &misfit)) {
        mortise_fail(MORTISE_REJECT, "the page token does not fit: %s", misfit.problem);
        return NULL;
    }
    return turn->token;
}

const mortise_json *mortise_one(const mortise_json *record) {
    if (record == NULL) {
        return NULL;
    }
    mortise_json *array = mortise_new_array();
    mortise_append(array, record);
    return array;
}

mortise_account *mortise_account_of(const char *id, const char *label) {
    if (id == NULL || label == NULL) {
        return NULL;
    }
    mortise_account *account = mortise_alloc(sizeof *account);
    account->id = mortise_copy_text(id);
    account->label = mortise_copy_text(label);
    return account;
}

mortise_choices *mortise_choices_new(void) { return mortise_alloc(sizeof(mortise_choices)); }

void mortise_add_choice(mortise_choices *choices, const mortise_json *value, const char *label) {
    if (choices == NULL || value == NULL || label == NULL) {
        return;
    }
    choices->items = mortise_grow(choices->items, choices->count, &choices->room, sizeof *choices->items);
    choices->items[choices->count].value = value;
    choices->items[choices->count].label = mortise_copy_text(label);
    choices->count += 1;
}
