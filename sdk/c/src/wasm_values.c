#ifdef __wasm__

#include <stdlib.h>
#include <string.h>

#include "wasm.h"

plugin_string_t wasm_lend(const char *text) {
    const char *bytes = text == NULL ? "" : text;
    size_t length = strlen(bytes);
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + length;
    while (at < end) {
        const size_t width = mortise_utf8(at, end);
        if (width == 0) {
            bytes = mortise_to_utf8(bytes, length, &length);
            break;
        }
        at += width;
    }
    const plugin_string_t lent = {(uint8_t *)bytes, length};
    return lent;
}

plugin_string_t wasm_give(const char *text) {
    const plugin_string_t lent = wasm_lend(text);
    plugin_string_t given;
    plugin_string_dup_n(&given, (const char *)lent.ptr, lent.len);
    return given;
}

plugin_string_t wasm_give_json(const mortise_json *value) {
    const char *text = mortise_write(value);
    if (text == NULL) {
        mortise_panic("a result is nested too deeply to be written as JSON");
    }
    return wasm_give(text);
}

void *wasm_give_list(size_t count, size_t size) {
    if (count == 0) {
        return NULL;
    }
    void *list = calloc(count, size);
    if (list == NULL) {
        mortise_panic("out of memory: %zu times %zu bytes were asked for", count, size);
    }
    return list;
}

static plugin_option_string_t give_optional(const char *text) {
    plugin_option_string_t option = {.is_some = text != NULL};
    if (text != NULL) {
        option.val = wasm_give(text);
    }
    return option;
}

bool wasm_give_failure(mortise_plugin_types_failure_t *out, const mortise_failure *failure) {
    const mortise_failure *from = failure == NULL ? mortise_failed() : failure;
    if (from == NULL) {
        mortise_panic("a call gave neither a result nor a failure");
    }
    static const uint8_t TAGS[] = {
        [MORTISE_RETRY] = MORTISE_PLUGIN_TYPES_DISPOSITION_RETRY,
        [MORTISE_UNCLEAR] = MORTISE_PLUGIN_TYPES_DISPOSITION_UNCLEAR,
        [MORTISE_REJECT] = MORTISE_PLUGIN_TYPES_DISPOSITION_REJECT,
        [MORTISE_REAUTHORIZE] = MORTISE_PLUGIN_TYPES_DISPOSITION_REAUTHORIZE,
        [MORTISE_MISCONFIGURED] = MORTISE_PLUGIN_TYPES_DISPOSITION_MISCONFIGURED,
    };
    memset(out, 0, sizeof *out);
    out->disposition.tag = TAGS[from->disposition];
    out->disposition.val.retry.is_some = from->has_wait;
    out->disposition.val.retry.val = from->wait_ms;
    out->message = wasm_give(from->message);
    out->cause.is_some = from->status != 0 || from->code != NULL || from->has_record || from->field != NULL ||
                         from->body != NULL;
    if (out->cause.is_some) {
        mortise_plugin_types_cause_t *cause = &out->cause.val;
        cause->status.is_some = from->status != 0;
        cause->status.val = from->status;
        cause->code = give_optional(from->code);
        cause->record.is_some = from->has_record;
        cause->record.val = from->record;
        cause->field = give_optional(from->field);
        cause->body = give_optional(from->body);
    }
    return false;
}

char *wasm_take(plugin_string_t text) { return mortise_copy(text.len == 0 ? "" : (const char *)text.ptr, text.len); }

mortise_text wasm_text(const plugin_string_t *text) {
    mortise_text out = {NULL, 0};
    if (text != NULL) {
        out.text = text->len == 0 ? "" : (const char *)text->ptr;
        out.length = text->len;
    }
    return out;
}

#endif
