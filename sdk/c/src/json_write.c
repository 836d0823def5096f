#include <stdio.h>

#include "internal.h"

static void write_string(mortise_buffer *out, const char *text, size_t length) {
    mortise_add(out, "\"", 1);
    size_t start = 0;
    for (size_t at = 0; at < length; at += 1) {
        const unsigned char c = (unsigned char)text[at];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        mortise_add(out, text + start, at - start);
        start = at + 1;
        char escape[8];
        const int width = c >= 0x20 ? snprintf(escape, sizeof escape, "\\%c", c)
                                    : snprintf(escape, sizeof escape, "\\u%04x", (unsigned)c);
        mortise_add(out, escape, (size_t)width);
    }
    mortise_add(out, text + start, length - start);
    mortise_add(out, "\"", 1);
}

static bool write_value(mortise_buffer *out, const mortise_json *value, unsigned depth) {
    if (depth > MORTISE_DEPTH_MAX) {
        return false;
    }
    switch (mortise_kind_of(value)) {
    case MORTISE_NULL:
        mortise_add(out, "null", 4);
        return true;
    case MORTISE_BOOL:
        mortise_add_text(out, value->boolean ? "true" : "false");
        return true;
    case MORTISE_NUMBER:
        mortise_add(out, value->text, value->length);
        return true;
    case MORTISE_STRING:
        write_string(out, value->text, value->length);
        return true;
    case MORTISE_ARRAY:
        mortise_add(out, "[", 1);
        for (size_t index = 0; index < value->count; index += 1) {
            mortise_add(out, ",", index > 0 ? 1 : 0);
            if (!write_value(out, value->items[index], depth + 1)) {
                return false;
            }
        }
        mortise_add(out, "]", 1);
        return true;
    case MORTISE_OBJECT:
        mortise_add(out, "{", 1);
        for (size_t index = 0; index < value->count; index += 1) {
            const mortise_slot *slot = &value->members[index];
            mortise_add(out, ",", index > 0 ? 1 : 0);
            write_string(out, slot->key, slot->length);
            mortise_add(out, ":", 1);
            if (!write_value(out, slot->value, depth + 1)) {
                return false;
            }
        }
        mortise_add(out, "}", 1);
        return true;
    }
    return false;
}

char *mortise_write(const mortise_json *value) {
    mortise_buffer out = {0};
    if (!write_value(&out, value, 0)) {
        return mortise_fail(MORTISE_REJECT, "the result cannot be written as JSON: it is nested too deeply");
    }
    return out.bytes;
}
