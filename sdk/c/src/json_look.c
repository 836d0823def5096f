#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

mortise_kind mortise_kind_of(const mortise_json *value) { return value == NULL ? MORTISE_NULL : value->kind; }

size_t mortise_count(const mortise_json *value) { return value == NULL ? 0 : value->count; }

const mortise_json *mortise_element(const mortise_json *array, size_t index) {
    const bool is_there = array != NULL && array->kind == MORTISE_ARRAY && index < array->count;
    return is_there ? array->items[index] : NULL;
}

const mortise_json *mortise_member_at(const mortise_json *object, size_t index, const char **key) {
    if (object == NULL || object->kind != MORTISE_OBJECT || index >= object->count) {
        return NULL;
    }
    *key = object->members[index].key;
    return object->members[index].value;
}

const char *mortise_as_bytes(const mortise_json *value, size_t *length) {
    if (value == NULL || value->kind != MORTISE_STRING) {
        return NULL;
    }
    *length = value->length;
    return value->text;
}

const char *mortise_as_string(const mortise_json *value) {
    size_t length;
    const char *text = mortise_as_bytes(value, &length);
    if (text != NULL && memchr(text, '\0', length) != NULL) {
        return mortise_fail(MORTISE_REJECT, "a text holds a zero byte");
    }
    return text;
}

const char *mortise_string(const mortise_json *object, const char *key) {
    return mortise_as_string(mortise_member(object, key));
}

const char *mortise_string_or(const mortise_json *object, const char *key, const char *other) {
    const char *text = mortise_string(object, key);
    return text == NULL ? other : text;
}

const char *mortise_as_digits(const mortise_json *value) {
    return value != NULL && value->kind == MORTISE_NUMBER ? value->text : NULL;
}

bool mortise_as_bool(const mortise_json *value) {
    return value != NULL && value->kind == MORTISE_BOOL && value->boolean;
}

bool mortise_as_double(const mortise_json *value, double *number) {
    if (value == NULL || value->kind != MORTISE_NUMBER) {
        return false;
    }
    *number = strtod(value->text, NULL);
    return true;
}

bool mortise_as_integer(const mortise_json *value, int64_t *integer) {
    if (value == NULL || value->kind != MORTISE_NUMBER) {
        return false;
    }
    if (strpbrk(value->text, ".eE") == NULL) {
        errno = 0;
        const long long whole = strtoll(value->text, NULL, 10);
        *integer = whole;
        return errno == 0;
    }
    // `1.0` and `1e3` are whole numbers too. Up to 2^53 no digit is lost on the way.
    const double number = strtod(value->text, NULL);
    if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) {
        return false;
    }
    const int64_t whole = (int64_t)number;
    const double back = (double)whole;
    *integer = whole;
    return back >= number && back <= number;
}

static bool is_same_number(const mortise_json *one, const mortise_json *other) {
    if (one->length == other->length && memcmp(one->text, other->text, one->length) == 0) {
        return true;
    }
    int64_t left_whole;
    int64_t right_whole;
    if (mortise_as_integer(one, &left_whole) && mortise_as_integer(other, &right_whole)) {
        return left_whole == right_whole;
    }
    const double left = strtod(one->text, NULL);
    const double right = strtod(other->text, NULL);
    return left >= right && left <= right;
}

static bool is_same(const mortise_json *one, const mortise_json *other, unsigned depth) {
    if (mortise_kind_of(one) != mortise_kind_of(other) || mortise_count(one) != mortise_count(other) ||
        depth > MORTISE_DEPTH_MAX) {
        return false;
    }
    switch (mortise_kind_of(one)) {
    case MORTISE_NULL:
        return true;
    case MORTISE_BOOL:
        return one->boolean == other->boolean;
    case MORTISE_NUMBER:
        return is_same_number(one, other);
    case MORTISE_STRING:
        return one->length == other->length && memcmp(one->text, other->text, one->length) == 0;
    case MORTISE_ARRAY:
        for (size_t index = 0; index < one->count; index += 1) {
            if (!is_same(one->items[index], other->items[index], depth + 1)) {
                return false;
            }
        }
        return true;
    case MORTISE_OBJECT:
        for (size_t index = 0; index < one->count; index += 1) {
            const mortise_slot *slot = &one->members[index];
            const mortise_slot *match = mortise_find(other, slot->key, slot->length);
            if (match == NULL || !is_same(slot->value, match->value, depth + 1)) {
                return false;
            }
        }
        return true;
    }
    return false;
}

bool mortise_equal(const mortise_json *one, const mortise_json *other) { return is_same(one, other, 0); }
