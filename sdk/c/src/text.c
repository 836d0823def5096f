#include <string.h>

#include "internal.h"

static bool is_tail(unsigned char byte) { return (byte & 0xC0) == 0x80; }

size_t mortise_utf8(const unsigned char *at, const unsigned char *end) {
    if (at >= end) {
        return 0;
    }
    const size_t left = (size_t)(end - at);
    const unsigned char first = at[0];
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return left >= 2 && is_tail(at[1]) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        // Not longer than needed, and no surrogate.
        const bool fits = left >= 3 && is_tail(at[1]) && is_tail(at[2]) && !(first == 0xE0 && at[1] < 0xA0) &&
                          !(first == 0xED && at[1] > 0x9F);
        return fits ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        // Not longer than needed, and none above U+10FFFF.
        const bool fits = left >= 4 && is_tail(at[1]) && is_tail(at[2]) && is_tail(at[3]) &&
                          !(first == 0xF0 && at[1] < 0x90) && !(first == 0xF4 && at[1] > 0x8F);
        return fits ? 4 : 0;
    }
    return 0;
}

char *mortise_to_utf8(const char *text, size_t length, size_t *out_length) {
    mortise_buffer out = {0};
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + length;
    const unsigned char *good = at;
    while (at < end) {
        const size_t width = mortise_utf8(at, end);
        if (width > 0) {
            at += width;
            continue;
        }
        mortise_add(&out, (const char *)good, (size_t)(at - good));
        mortise_add(&out, "\xEF\xBF\xBD", 3);
        at += 1;
        good = at;
    }
    mortise_add(&out, (const char *)good, (size_t)(end - good));
    *out_length = out.length;
    return out.bytes;
}

void mortise_add(mortise_buffer *buffer, const char *bytes, size_t length) {
    if (length >= SIZE_MAX / 4) {
        mortise_panic("out of memory: a text of %zu bytes", length);
    }
    // One more, for the zero byte that always stands behind it.
    if (buffer->bytes == NULL || buffer->room - buffer->length <= length) {
        size_t room = buffer->room < 64 ? 64 : buffer->room * 2;
        if (room < buffer->length + length + 1) {
            room = buffer->length + length + 1;
        }
        char *moved = mortise_alloc(room);
        if (buffer->length > 0) {
            memcpy(moved, buffer->bytes, buffer->length);
        }
        buffer->bytes = moved;
        buffer->room = room;
    }
    if (length > 0) {
        memcpy(buffer->bytes + buffer->length, bytes, length);
    }
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
}

void mortise_add_text(mortise_buffer *buffer, const char *text) { mortise_add(buffer, text, strlen(text)); }

static int lower(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

bool mortise_same_name(const char *one, const char *other) {
    while (*one != '\0' && lower(*one) == lower(*other)) {
        one += 1;
        other += 1;
    }
    return *one == '\0' && *other == '\0';
}

static bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

char *mortise_encode(const char *text) {
    if (text == NULL) {
        return NULL;
    }
    static const char DIGITS[] = "0123456789ABCDEF";
    mortise_buffer out = {0};
    mortise_add(&out, "", 0);
    for (; *text != '\0'; text += 1) {
        if (is_unreserved(*text)) {
            mortise_add(&out, text, 1);
            continue;
        }
        const unsigned char byte = (unsigned char)*text;
        const char escaped[3] = {'%', DIGITS[byte >> 4], DIGITS[byte & 15]};
        mortise_add(&out, escaped, sizeof escaped);
    }
    return out.bytes;
}

static int digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const int letter = lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

char *mortise_decode(const char *text, size_t length) {
    if (text == NULL) {
        return NULL;
    }
    char *bytes = mortise_alloc(length + 1);
    size_t written = 0;
    for (size_t at = 0; at < length; at += 1) {
        char byte = text[at] == '+' ? ' ' : text[at];
        if (text[at] == '%' && length - at > 2 && digit(text[at + 1]) >= 0 && digit(text[at + 2]) >= 0) {
            byte = (char)(digit(text[at + 1]) * 16 + digit(text[at + 2]));
            at += 2;
        }
        bytes[written] = byte;
        written += 1;
    }
    size_t ignored;
    return mortise_to_utf8(bytes, written, &ignored);
}
