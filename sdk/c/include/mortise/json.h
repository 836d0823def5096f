/// JSON: read, looked into, made and written.
///
/// Text is UTF-8. A number keeps the digits that it came with. Every function takes `NULL` for a
/// value and treats it as one that is not there.
#ifndef MORTISE_JSON_H
#define MORTISE_JSON_H

#include "mortise/memory.h"

/// JSON as it stands in the source, as a C literal: `MORTISE_JSON({"type": "string"})`. What is in
/// it is not expanded; literals next to each other are one, so a `#define` may hold a part.
#define MORTISE_JSON(...) #__VA_ARGS__

/// Deeper values are not read and not written.
#define MORTISE_DEPTH_MAX 96

typedef struct mortise_json mortise_json;

typedef enum {
    MORTISE_NULL,
    MORTISE_BOOL,
    MORTISE_NUMBER,
    MORTISE_STRING,
    MORTISE_ARRAY,
    MORTISE_OBJECT,
} mortise_kind;

/// Reads one value; `NULL` where the text is not one, with what is wrong in `problem`. Of a key that
/// comes twice the last one counts.
mortise_json *mortise_parse(const char *text, size_t length, const char **problem);

/// Reads a literal of the plugin itself; a broken one ends the call.
mortise_json *mortise_literal(const char *text);

/// The text of a value; `NULL`, with a failure, where it is nested too deeply.
char *mortise_write(const mortise_json *value);

/// What a value is; `MORTISE_NULL` where it is not there, too.
mortise_kind mortise_kind_of(const mortise_json *value);

/// Elements of an array, members of an object; 0 of anything else.
size_t mortise_count(const mortise_json *value);

/// Whether two values are the same, whatever the order of members and the way numbers are written.
bool mortise_equal(const mortise_json *one, const mortise_json *other);

/// An element of an array.
const mortise_json *mortise_element(const mortise_json *array, size_t index);

/// A member of an object.
const mortise_json *mortise_member(const mortise_json *object, const char *key);

/// A member by its place, and its key.
const mortise_json *mortise_member_at(const mortise_json *object, size_t index, const char **key);

/// The text of a value; `NULL` where it is no string. One that holds a zero byte, which no C text can,
/// fails the call: it would be taken for a shorter one.
const char *mortise_as_string(const mortise_json *value);

/// A string with its length, whatever it holds.
const char *mortise_as_bytes(const mortise_json *value, size_t *length);

/// Whether the value is a whole number in the range, which is then in `integer`.
bool mortise_as_integer(const mortise_json *value, int64_t *integer);

/// Whether the value is a number, which is then in `number`.
bool mortise_as_double(const mortise_json *value, double *number);

/// True only for `true`.
bool mortise_as_bool(const mortise_json *value);

/// The digits of a number as they came.
const char *mortise_as_digits(const mortise_json *value);

/// The text of a member, as `mortise_as_string`.
const char *mortise_string(const mortise_json *object, const char *key);

/// The text of a member, or another where there is none.
const char *mortise_string_or(const mortise_json *object, const char *key, const char *other);

mortise_json *mortise_new_null(void);
mortise_json *mortise_new_bool(bool boolean);
mortise_json *mortise_new_integer(int64_t integer);
/// A number that is not finite has no JSON: it becomes `null`.
mortise_json *mortise_new_double(double number);
/// `NULL` of `NULL`; what is no UTF-8 is replaced.
mortise_json *mortise_new_string(const char *text);
mortise_json *mortise_new_bytes(const char *text, size_t length);
mortise_json *mortise_new_array(void);
mortise_json *mortise_new_object(void);

/// Adds or replaces a member; nothing happens where the value is `NULL`, so that what is not there
/// stays away.
void mortise_set(mortise_json *object, const char *key, const mortise_json *value);
void mortise_set_string(mortise_json *object, const char *key, const char *text);
void mortise_set_integer(mortise_json *object, const char *key, int64_t integer);
void mortise_set_bool(mortise_json *object, const char *key, bool boolean);

/// Adds an element; nothing happens where it is `NULL`.
void mortise_append(mortise_json *array, const mortise_json *value);

#endif
