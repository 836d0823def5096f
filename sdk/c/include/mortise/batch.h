/// The same action for many inputs at once, where the application has an endpoint for it.
#ifndef MORTISE_BATCH_H
#define MORTISE_BATCH_H

#include "mortise/actions.h"

/// One input with its own key, and what came of it.
typedef struct {
    /// Pass it on to the application wherever the application takes one.
    const char *idempotency_key;
    const mortise_json *input;
    /// Set one of both: `item->failure = mortise_take_failure();`.
    const mortise_json *output;
    mortise_failure *failure;
} mortise_item;

typedef struct {
    /// Kebab-case, unique among the batch operations.
    const char *name;
    const char *summary;
    mortise_repeat repeat;
    /// JSON Schemas of one input and one output.
    const char *input;
    const char *output;
    const char *examples;
    /// Sets the result of each item; false, with a failure, where all of them fail. Inputs that do not
    /// fit their schema failed already and are not among the items.
    bool (*invoke)(mortise_item *items, size_t count);
} mortise_batch;

#endif
