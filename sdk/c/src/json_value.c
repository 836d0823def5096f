#include <math.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/// From so many members on, they are found by hash.
#define INDEX_FROM 16

static mortise_json *make(mortise_kind kind) {
    mortise_json *value = mortise_alloc(sizeof *value);
    value->kind = kind;
    return value;
}

mortise_json *mortise_new_null(void) { return make(MORTISE_NULL); }

mortise_json *mortise_new_bool(bool boolean) {
    mortise_json *value = make(MORTISE_BOOL);
    value->boolean = boolean;
    return value;
}

mortise_json *mortise_new_digits(const char *digits, size_t length) {
    mortise_json *value = make(MORTISE_NUMBER);
    value->text = mortise_copy(digits, length);
    value->length = length;
    return value;
}

mortise_json *mortise_new_integer(int64_t integer) {
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%lld", (long long)integer);
    return mortise_new_digits(digits, (size_t)length);
}

mortise_json *mortise_new_double(double number) {
    if (!isfinite(number)) {
        return mortise_new_null();
    }
    // The fewest digits that are read back as the same number.
    char digits[40];
    int length = 0;
    for (int precision = 15; precision <= 17; precision += 1) {
        length = snprintf(digits, sizeof digits, "%.*g", precision, number);
        mortise_json *value = mortise_new_digits(digits, (size_t)length);
        double back;
        if (precision == 17 || (mortise_as_double(value, &back) && back >= number && back <= number)) {
            return value;
        }
    }
    return NULL;
}

mortise_json *mortise_new_bytes(const char *text, size_t length) {
    if (text == NULL) {
        return NULL;
    }
    mortise_json *value = make(MORTISE_STRING);
    value->text = mortise_to_utf8(text, length, &value->length);
    return value;
}

mortise_json *mortise_new_string(const char *text) {
    return text == NULL ? NULL : mortise_new_bytes(text, strlen(text));
}

mortise_json *mortise_new_array(void) { return make(MORTISE_ARRAY); }

mortise_json *mortise_new_object(void) { return make(MORTISE_OBJECT); }

/// FNV-1a: the index is no larger than the object, and the host limits what comes in.
static uint32_t hash_of(const char *key, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t at = 0; at < length; at += 1) {
        hash = (hash ^ (unsigned char)key[at]) * 16777619u;
    }
    return hash;
}

static bool is_key(const mortise_slot *slot, const char *key, size_t length, uint32_t hash) {
    return slot->hash == hash && slot->length == length && memcmp(slot->key, key, length) == 0;
}

mortise_slot *mortise_find(const mortise_json *object, const char *key, size_t length) {
    const uint32_t hash = hash_of(key, length);
    if (object->index == NULL) {
        for (size_t at = 0; at < object->count; at += 1) {
            if (is_key(&object->members[at], key, length, hash)) {
                return &object->members[at];
            }
        }
        return NULL;
    }
    size_t place = hash & (object->index_size - 1);
    while (object->index[place] != 0) {
        mortise_slot *slot = &object->members[object->index[place] - 1];
        if (is_key(slot, key, length, hash)) {
            return slot;
        }
        place = (place + 1) & (object->index_size - 1);
    }
    return NULL;
}

static void enter(mortise_json *object, size_t member) {
    size_t place = object->members[member].hash & (object->index_size - 1);
    while (object->index[place] != 0) {
        place = (place + 1) & (object->index_size - 1);
    }
    object->index[place] = (uint32_t)(member + 1);
}

void mortise_set_key(mortise_json *object, const char *key, size_t length, const mortise_json *value) {
    mortise_slot *known = mortise_find(object, key, length);
    if (known != NULL) {
        known->value = value;
        return;
    }
    if (object->count >= UINT32_MAX / 4) {
        mortise_panic("an object with more than %zu members", object->count);
    }
    object->members = mortise_grow(object->members, object->count, &object->room, sizeof *object->members);
    const mortise_slot slot = {mortise_copy(key, length), length, hash_of(key, length), value};
    object->members[object->count] = slot;
    object->count += 1;
    if (object->count < INDEX_FROM) {
        return;
    }
    // At most half full, so that there is always an end to a search.
    if (object->count * 2 <= object->index_size) {
        enter(object, object->count - 1);
        return;
    }
    object->index_size = object->index_size == 0 ? (size_t)INDEX_FROM * 4 : object->index_size * 2;
    object->index = mortise_alloc_list(object->index_size, sizeof *object->index);
    for (size_t member = 0; member < object->count; member += 1) {
        enter(object, member);
    }
}

void mortise_set(mortise_json *object, const char *key, const mortise_json *value) {
    if (object == NULL || value == NULL) {
        return;
    }
    if (object->kind != MORTISE_OBJECT) {
        mortise_panic("`%s` was set in a value that is no object", key);
    }
    size_t length;
    const char *name = mortise_to_utf8(key, strlen(key), &length);
    mortise_set_key(object, name, length, value);
}

void mortise_set_string(mortise_json *object, const char *key, const char *text) {
    mortise_set(object, key, mortise_new_string(text));
}

void mortise_set_integer(mortise_json *object, const char *key, int64_t integer) {
    mortise_set(object, key, mortise_new_integer(integer));
}

void mortise_set_bool(mortise_json *object, const char *key, bool boolean) {
    mortise_set(object, key, mortise_new_bool(boolean));
}

void mortise_append(mortise_json *array, const mortise_json *value) {
    if (array == NULL || value == NULL) {
        return;
    }
    if (array->kind != MORTISE_ARRAY) {
        mortise_panic("a value that is no array was appended to");
    }
    array->items = mortise_grow(array->items, array->count, &array->room, sizeof(const mortise_json *));
    array->items[array->count] = value;
    array->count += 1;
}

const mortise_json *mortise_member(const mortise_json *object, const char *key) {
    if (object == NULL || object->kind != MORTISE_OBJECT) {
        return NULL;
    }
    const mortise_slot *slot = mortise_find(object, key, strlen(key));
    return slot == NULL ? NULL : slot->value;
}
