#include <string.h>

#include "internal.h"

typedef struct {
    const char *at;
    const char *end;
    unsigned depth;
    const char *problem;
} reader;

static mortise_json *read_value(reader *from);

static void *broken(reader *from, const char *problem) {
    if (from->problem == NULL) {
        from->problem = from->at >= from->end ? "it ends too early" : problem;
    }
    return NULL;
}

static char peek(const reader *from) { return from->at < from->end ? *from->at : '\0'; }

static void skip_space(reader *from) {
    while (from->at < from->end && (*from->at == ' ' || *from->at == '\t' || *from->at == '\n' || *from->at == '\r')) {
        from->at += 1;
    }
}

static bool take(reader *from, char wanted) {
    skip_space(from);
    const bool is_next = from->at < from->end && *from->at == wanted;
    from->at += is_next ? 1 : 0;
    return is_next;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool skip_digits(reader *from) {
    const char *start = from->at;
    while (is_digit(peek(from))) {
        from->at += 1;
    }
    return from->at > start;
}

static mortise_json *read_number(reader *from) {
    const char *start = from->at;
    if (peek(from) == '-') {
        from->at += 1;
    }
    const bool is_zero = peek(from) == '0';
    if (!skip_digits(from)) {
        return broken(from, "a digit is missing");
    }
    const char *first = start + (*start == '-' ? 1 : 0);
    if (is_zero && from->at - first > 1) {
        from->at = first;
        return broken(from, "a number begins with 0");
    }
    if (peek(from) == '.') {
        from->at += 1;
        if (!skip_digits(from)) {
            return broken(from, "a digit is missing");
        }
    }
    if (peek(from) == 'e' || peek(from) == 'E') {
        from->at += 1;
        if (peek(from) == '+' || peek(from) == '-') {
            from->at += 1;
        }
        if (!skip_digits(from)) {
            return broken(from, "a digit is missing");
        }
    }
    return mortise_new_digits(start, (size_t)(from->at - start));
}

static bool read_hex(reader *from, uint32_t *unit) {
    *unit = 0;
    for (int count = 0; count < 4; count += 1) {
        const char c = peek(from);
        uint32_t digit;
        if (is_digit(c)) {
            digit = (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)(c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = (uint32_t)(c - 'A') + 10;
        } else {
            return broken(from, "an escape is not four hexadecimal digits") != NULL;
        }
        *unit = *unit * 16 + digit;
        from->at += 1;
    }
    return true;
}

/// Behind `\u`: one character, of one unit or of two.
static bool read_escaped(reader *from, char *out, size_t *length) {
    uint32_t code;
    if (!read_hex(from, &code)) {
        return false;
    }
    if (code >= 0xD800 && code <= 0xDBFF) {
        uint32_t low;
        if (from->end - from->at < 2 || from->at[0] != '\\' || from->at[1] != 'u') {
            return broken(from, "half of a surrogate pair is missing") != NULL;
        }
        from->at += 2;
        if (!read_hex(from, &low)) {
            return false;
        }
        if (low < 0xDC00 || low > 0xDFFF) {
            return broken(from, "half of a surrogate pair is missing") != NULL;
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
        return broken(from, "half of a surrogate pair is missing") != NULL;
    }
    size_t at = *length;
    if (code < 0x80) {
        out[at++] = (char)code;
    } else if (code < 0x800) {
        out[at++] = (char)(0xC0 | (code >> 6));
    } else if (code < 0x10000) {
        out[at++] = (char)(0xE0 | (code >> 12));
    } else {
        out[at++] = (char)(0xF0 | (code >> 18));
        out[at++] = (char)(0x80 | ((code >> 12) & 0x3F));
    }
    if (code >= 0x800) {
        out[at++] = (char)(0x80 | ((code >> 6) & 0x3F));
    }
    if (code >= 0x80) {
        out[at++] = (char)(0x80 | (code & 0x3F));
    }
    *length = at;
    return true;
}

static bool read_escape(reader *from, char *out, size_t *length) {
    static const char FROM[] = "\"\\/bfnrt";
    static const char TO[] = "\"\\/\b\f\n\r\t";
    const char c = peek(from);
    if (c == 'u') {
        from->at += 1;
        return read_escaped(from, out, length);
    }
    const char *known = c == '\0' ? NULL : strchr(FROM, c);
    if (known == NULL) {
        return broken(from, "an escape is unknown") != NULL;
    }
    from->at += 1;
    out[*length] = TO[known - FROM];
    *length += 1;
    return true;
}

/// Behind the opening quote. What is read is never longer than what it is read from.
static char *read_text(reader *from, size_t *length) {
    const char *closing = from->at;
    while (closing < from->end && *closing != '"') {
        closing += *closing == '\\' && from->end - closing > 1 ? 2 : 1;
    }
    if (closing >= from->end) {
        from->at = from->end;
        return broken(from, "");
    }
    char *out = mortise_alloc((size_t)(closing - from->at) + 1);
    *length = 0;
    while (from->at < closing) {
        if (*from->at == '\\') {
            from->at += 1;
            if (!read_escape(from, out, length)) {
                return NULL;
            }
            continue;
        }
        const size_t width = mortise_utf8((const unsigned char *)from->at, (const unsigned char *)closing);
        if (width == 0) {
            return broken(from, "a string is not UTF-8");
        }
        if ((unsigned char)*from->at < 0x20) {
            return broken(from, "a string holds a control character");
        }
        memcpy(out + *length, from->at, width);
        *length += width;
        from->at += width;
    }
    from->at = closing + 1;
    return out;
}

static mortise_json *read_string(reader *from) {
    mortise_json *value = mortise_new_null();
    value->kind = MORTISE_STRING;
    from->at += 1;
    value->text = read_text(from, &value->length);
    return value->text == NULL ? NULL : value;
}

static mortise_json *read_array(reader *from) {
    mortise_json *array = mortise_new_array();
    from->at += 1;
    if (take(from, ']')) {
        return array;
    }
    do {
        const mortise_json *value = read_value(from);
        if (value == NULL) {
            return NULL;
        }
        mortise_append(array, value);
    } while (take(from, ','));
    return take(from, ']') ? array : broken(from, "`,` or `]` is missing");
}

static mortise_json *read_object(reader *from) {
    mortise_json *object = mortise_new_object();
    from->at += 1;
    if (take(from, '}')) {
        return object;
    }
    do {
        if (!take(from, '"')) {
            return broken(from, "a key is missing");
        }
        size_t length;
        const char *key = read_text(from, &length);
        if (key == NULL) {
            return NULL;
        }
        if (!take(from, ':')) {
            return broken(from, "`:` is missing");
        }
        const mortise_json *value = read_value(from);
        if (value == NULL) {
            return NULL;
        }
        mortise_set_key(object, key, length, value);
    } while (take(from, ','));
    return take(from, '}') ? object : broken(from, "`,` or `}` is missing");
}

static mortise_json *read_word(reader *from) {
    static const struct {
        const char *word;
        size_t length;
    } WORDS[] = {{"null", 4}, {"true", 4}, {"false", 5}};
    for (size_t index = 0; index < sizeof WORDS / sizeof WORDS[0]; index += 1) {
        const size_t length = WORDS[index].length;
        if ((size_t)(from->end - from->at) >= length && memcmp(from->at, WORDS[index].word, length) == 0) {
            from->at += length;
            return index == 0 ? mortise_new_null() : mortise_new_bool(index == 1);
        }
    }
    return broken(from, "a value is missing");
}

static mortise_json *read_nested(reader *from) {
    if (from->depth >= MORTISE_DEPTH_MAX) {
        return broken(from, "it is nested too deeply");
    }
    from->depth += 1;
    mortise_json *value = peek(from) == '[' ? read_array(from) : read_object(from);
    from->depth -= 1;
    return value;
}

static mortise_json *read_value(reader *from) {
    skip_space(from);
    const char c = peek(from);
    if (c == '{' || c == '[') {
        return read_nested(from);
    }
    if (c == '"') {
        return read_string(from);
    }
    return c == '-' || is_digit(c) ? read_number(from) : read_word(from);
}

mortise_json *mortise_parse(const char *text, size_t length, const char **problem) {
    reader from = {text, text == NULL ? text : text + length, 0, NULL};
    mortise_json *value = NULL;
    if (text == NULL || length == 0) {
        from.problem = "it is empty";
    } else {
        value = read_value(&from);
        skip_space(&from);
        if (value != NULL && from.at < from.end) {
            value = broken(&from, "something follows behind the value");
        }
    }
    if (problem != NULL) {
        *problem = from.problem;
    }
    return value;
}

mortise_json *mortise_literal(const char *text) {
    const char *problem;
    mortise_json *value = mortise_parse(text, strlen(text), &problem);
    if (value == NULL) {
        mortise_panic("a JSON literal of the plugin is broken: %s: %.200s", problem, text);
    }
    return value;
}
