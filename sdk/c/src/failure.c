#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/// The failure of the call, where it has one. A component serves one call; the fake host one at a time.
static mortise_failure *current;

MORTISE_PRINTF(1, 0)
static const char *sentence(const char *format, va_list arguments) {
    char text[1024];
    const int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) {
        mortise_panic("`%s` cannot be formatted", format);
    }
    // A longer message is cut, and what the cut left of a character is replaced.
    const size_t kept = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1;
    size_t ignored;
    return mortise_to_utf8(text, kept, &ignored);
}

static void fail(mortise_disposition disposition, const char *message) {
    current = mortise_alloc(sizeof *current);
    current->disposition = disposition;
    current->message = message;
}

void *mortise_fail(mortise_disposition disposition, const char *format, ...) {
    if (current == NULL) {
        va_list arguments;
        va_start(arguments, format);
        fail(disposition, sentence(format, arguments));
        va_end(arguments);
    }
    return NULL;
}

void *mortise_retry_after(uint64_t wait_ms, const char *format, ...) {
    if (current == NULL) {
        va_list arguments;
        va_start(arguments, format);
        fail(MORTISE_RETRY, sentence(format, arguments));
        va_end(arguments);
        current->has_wait = true;
        current->wait_ms = wait_ms;
    }
    return NULL;
}

mortise_failure *mortise_failed(void) { return current; }

mortise_failure *mortise_take_failure(void) {
    mortise_failure *taken = current;
    current = NULL;
    return taken;
}

void *mortise_with_message(const char *message) {
    if (current != NULL && message != NULL) {
        current->message = mortise_copy_text(message);
    }
    return NULL;
}

void *mortise_with_status(uint16_t status) {
    if (current != NULL) {
        current->status = status;
    }
    return NULL;
}

void *mortise_with_code(const char *code) {
    if (current != NULL && code != NULL) {
        current->code = mortise_copy_text(code);
    }
    return NULL;
}

void *mortise_with_field(const char *pointer) {
    if (current != NULL && pointer != NULL) {
        current->field = mortise_copy_text(pointer);
    }
    return NULL;
}

void *mortise_with_body(const char *body, size_t length) {
    if (current == NULL || body == NULL) {
        return NULL;
    }
    size_t kept = length < MORTISE_BODY_START_BYTES ? length : MORTISE_BODY_START_BYTES;
    // The cut may have gone through a character: what comes before it is enough.
    for (size_t back = 1; kept < length && back <= 3; back += 1) {
        const unsigned char *start = (const unsigned char *)body + kept - back;
        if ((*start & 0xC0) == 0x80) {
            continue;
        }
        const bool is_cut = *start >= 0xC0 && mortise_utf8(start, (const unsigned char *)body + kept) == 0;
        kept -= is_cut ? back : 0;
        break;
    }
    // What is replaced grows: it is cut once more, at a character.
    size_t written;
    char *text = mortise_to_utf8(body, kept, &written);
    if (written > MORTISE_BODY_START_BYTES) {
        written = MORTISE_BODY_START_BYTES;
        while (written > 0 && ((unsigned char)text[written] & 0xC0) == 0x80) {
            written -= 1;
        }
        text[written] = '\0';
    }
    current->body = text;
    return NULL;
}

const mortise_json *mortise_read(const char *text, size_t length, const char *schema, const char *what,
                                 mortise_disposition disposition) {
    const char *problem;
    const mortise_json *value = mortise_parse(text, length, &problem);
    if (value == NULL) {
        return mortise_fail(disposition, "the %s is not one JSON value: %s", what, problem);
    }
    mortise_misfit misfit;
    if (!mortise_fits(value, schema, &misfit)) {
        if (mortise_failed() == NULL) {
            mortise_fail(disposition, "the %s does not fit: %s", what, misfit.problem);
            mortise_with_field(misfit.field);
        }
        return NULL;
    }
    return value;
}
