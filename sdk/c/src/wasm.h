/// Between the SDK's values and those of the bindings that `wit-bindgen` makes for the world `plugin`.
#ifndef MORTISE_WASM_H
#define MORTISE_WASM_H

#include "internal.h"
#include "plugin.h"

/// Every role but that of a transform may ask the host for more than the log.
#if defined(MORTISE_ROLE_CHECK) || defined(MORTISE_ROLE_ACTIONS) || defined(MORTISE_ROLE_BATCH) ||                     \
    defined(MORTISE_ROLE_POLLING) || defined(MORTISE_ROLE_WEBHOOKS) || defined(MORTISE_ROLE_EXPLORE)
#define MORTISE_IS_CONNECTOR 1
#else
#define MORTISE_IS_CONNECTOR 0
#endif

// ---- to the host: what an import only reads is lent, what an export gives is given away ----------

/// The text itself, or a copy that is UTF-8: anything else would be a trap. Empty of `NULL`.
plugin_string_t wasm_lend(const char *text);
/// A copy that the bindings free.
plugin_string_t wasm_give(const char *text);
/// A value as JSON; one that is nested too deeply ends the call.
plugin_string_t wasm_give_json(const mortise_json *value);
/// Memory for a list that the bindings free; `NULL` for an empty one.
void *wasm_give_list(size_t count, size_t size);
/// The failure of the call, or another; always false, as what failed gives.
bool wasm_give_failure(mortise_plugin_types_failure_t *out, const mortise_failure *failure);

// ---- from the host -------------------------------------------------------------------------------

/// A copy with a zero byte behind it.
char *wasm_take(plugin_string_t text);
/// The text where it lies.
mortise_text wasm_text(const plugin_string_t *text);

#endif
