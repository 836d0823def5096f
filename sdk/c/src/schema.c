#include <string.h>

#include "internal.h"

/// The way from the root to a value, on the stack.
typedef struct place {
    const struct place *above;
    /// Or `NULL`, where it is an element.
    const char *key;
    size_t index;
    unsigned depth;
} place;

typedef struct {
    /// What `$ref` looks into.
    const mortise_json *root;
    mortise_misfit *misfit;
    /// References that are followed, so that those which lead to themselves have an end.
    unsigned follows;
} checker;

/// So many references one in another.
#define FOLLOWS_MAX 32

static bool check(checker *with, const mortise_json *value, const mortise_json *schema, const place *at);

static void add_pointer(mortise_buffer *out, const place *at) {
    if (at->above == NULL) {
        return;
    }
    add_pointer(out, at->above);
    mortise_add(out, "/", 1);
    if (at->key == NULL) {
        mortise_add_text(out, mortise_format("%zu", at->index));
        return;
    }
    for (const char *c = at->key; *c != '\0'; c += 1) {
        if (*c == '~') {
            mortise_add(out, "~0", 2);
        } else if (*c == '/') {
            mortise_add(out, "~1", 2);
        } else {
            mortise_add(out, c, 1);
        }
    }
}

static bool misfit(checker *with, const place *at, const char *problem) {
    mortise_buffer pointer = {0};
    mortise_add(&pointer, "", 0);
    add_pointer(&pointer, at);
    with->misfit->field = pointer.bytes;
    with->misfit->problem = problem;
    return false;
}

static const char *const KINDS[] = {"null", "boolean", "number", "string", "array", "object"};

static bool is_of_type(const mortise_json *value, const char *type) {
    if (type != NULL && strcmp(type, "integer") == 0) {
        int64_t ignored;
        const char *digits = mortise_as_digits(value);
        return digits != NULL && (strpbrk(digits, ".eE") == NULL || mortise_as_integer(value, &ignored));
    }
    return type != NULL && strcmp(type, KINDS[mortise_kind_of(value)]) == 0;
}

static bool check_type(checker *with, const mortise_json *value, const mortise_json *type, const place *at) {
    mortise_buffer names = {0};
    mortise_add(&names, "", 0);
    const bool is_list = mortise_kind_of(type) == MORTISE_ARRAY;
    const size_t count = is_list ? mortise_count(type) : 1;
    for (size_t index = 0; index < count; index += 1) {
        const char *name = mortise_as_string(is_list ? mortise_element(type, index) : type);
        if (is_of_type(value, name)) {
            return true;
        }
        mortise_add_text(&names, index > 0 ? " or " : "");
        mortise_add_text(&names, name == NULL ? "?" : name);
    }
    const char *found = KINDS[mortise_kind_of(value)];
    return misfit(with, at, mortise_format("expected %s, found %s", names.bytes, found));
}

static bool check_enum(checker *with, const mortise_json *value, const mortise_json *allowed, const place *at) {
    mortise_buffer names = {0};
    for (size_t index = 0; index < mortise_count(allowed); index += 1) {
        const mortise_json *one = mortise_element(allowed, index);
        if (mortise_equal(value, one)) {
            return true;
        }
        mortise_add_text(&names, index > 0 ? ", " : "expected one of ");
        const char *text = mortise_as_string(one);
        mortise_add_text(&names, mortise_format("`%s`", text == NULL ? mortise_write(one) : text));
    }
    return misfit(with, at, names.bytes == NULL ? "nothing is expected here" : names.bytes);
}

static bool check_members(checker *with, const mortise_json *value, const mortise_json *schema, const place *at) {
    const mortise_json *required = mortise_member(schema, "required");
    for (size_t index = 0; index < mortise_count(required); index += 1) {
        const char *key = mortise_as_string(mortise_element(required, index));
        if (key != NULL && mortise_member(value, key) == NULL) {
            const place missing = {at, key, 0, at->depth + 1};
            return misfit(with, &missing, mortise_format("`%s` is missing", key));
        }
    }
    const mortise_json *properties = mortise_member(schema, "properties");
    const mortise_json *others = mortise_member(schema, "additionalProperties");
    for (size_t index = 0; index < mortise_count(value); index += 1) {
        const char *key;
        const mortise_json *member = mortise_member_at(value, index, &key);
        const mortise_json *known = mortise_member(properties, key);
        const place inside = {at, key, 0, at->depth + 1};
        if (known == NULL && mortise_kind_of(others) == MORTISE_BOOL && !mortise_as_bool(others)) {
            return misfit(with, &inside, mortise_format("`%s` is unknown", key));
        }
        if (!check(with, member, known == NULL ? others : known, &inside)) {
            return false;
        }
    }
    return true;
}

static bool is_beyond(const mortise_json *limit, double number, int sign, bool is_open) {
    double bound;
    if (!mortise_as_double(limit, &bound)) {
        return false;
    }
    const double past = (number - bound) * sign;
    return is_open ? past >= 0 : past > 0;
}

static bool check_size(checker *with, const mortise_json *schema, const char *least, const char *most, double size,
                       const char *what, const place *at) {
    const mortise_json *low = mortise_member(schema, least);
    const mortise_json *high = mortise_member(schema, most);
    if (is_beyond(low, size, -1, false)) {
        return misfit(with, at, mortise_format("expected %s of at least %s", what, mortise_as_digits(low)));
    }
    if (is_beyond(high, size, 1, false)) {
        return misfit(with, at, mortise_format("expected %s of at most %s", what, mortise_as_digits(high)));
    }
    return true;
}

static double count_characters(const char *text, size_t length) {
    size_t count = 0;
    for (size_t at = 0; at < length; at += 1) {
        count += ((unsigned char)text[at] & 0xC0) != 0x80 ? 1 : 0;
    }
    return (double)count;
}

static bool check_number(checker *with, const mortise_json *value, const mortise_json *schema, const place *at) {
    double number;
    if (!mortise_as_double(value, &number)) {
        return true;
    }
    const mortise_json *above = mortise_member(schema, "exclusiveMinimum");
    const mortise_json *below = mortise_member(schema, "exclusiveMaximum");
    if (is_beyond(above, number, -1, true)) {
        return misfit(with, at, mortise_format("expected more than %s", mortise_as_digits(above)));
    }
    if (is_beyond(below, number, 1, true)) {
        return misfit(with, at, mortise_format("expected less than %s", mortise_as_digits(below)));
    }
    return check_size(with, schema, "minimum", "maximum", number, "a number", at);
}

static bool check_content(checker *with, const mortise_json *value, const mortise_json *schema, const place *at) {
    size_t length;
    const char *text = mortise_as_bytes(value, &length);
    switch (mortise_kind_of(value)) {
    case MORTISE_STRING:
        return check_size(with, schema, "minLength", "maxLength", count_characters(text, length), "a length", at);
    case MORTISE_NUMBER:
        return check_number(with, value, schema, at);
    case MORTISE_OBJECT:
        return check_members(with, value, schema, at);
    case MORTISE_ARRAY:
        for (size_t index = 0; index < mortise_count(value); index += 1) {
            const place inside = {at, NULL, index, at->depth + 1};
            if (!check(with, mortise_element(value, index), mortise_member(schema, "items"), &inside)) {
                return false;
            }
        }
        return check_size(with, schema, "minItems", "maxItems", (double)mortise_count(value), "a list", at);
    case MORTISE_NULL:
    case MORTISE_BOOL:
        break;
    }
    return true;
}

/// Whether as many of the alternatives fit as have to.
static bool check_alternatives(checker *with, const mortise_json *value, const mortise_json *list, size_t least,
                               size_t most, const place *at) {
    if (list == NULL) {
        return true;
    }
    size_t fitting = 0;
    for (size_t index = 0; index < mortise_count(list); index += 1) {
        fitting += check(with, value, mortise_element(list, index), at) ? 1 : 0;
    }
    if (fitting >= least && fitting <= most) {
        return true;
    }
    return misfit(with, at, fitting == 0 ? "none of the alternatives fits" : "more than one alternative fits");
}

static bool check_all(checker *with, const mortise_json *value, const mortise_json *list, const place *at) {
    for (size_t index = 0; index < mortise_count(list); index += 1) {
        if (!check(with, value, mortise_element(list, index), at)) {
            return false;
        }
    }
    return true;
}

/// `#` or `#/$defs/NAME`.
static bool check_reference(checker *with, const mortise_json *value, const mortise_json *reference, const place *at) {
    static const char DEFINITIONS[] = "#/$defs/";
    const char *text = mortise_as_string(reference);
    if (text == NULL) {
        return true;
    }
    const mortise_json *target = strcmp(text, "#") == 0 ? with->root : NULL;
    if (strncmp(text, DEFINITIONS, strlen(DEFINITIONS)) == 0) {
        target = mortise_member(mortise_member(with->root, "$defs"), text + strlen(DEFINITIONS));
    }
    if (target == NULL || with->follows >= FOLLOWS_MAX) {
        return misfit(with, at, mortise_format("the schema refers to `%s`, which leads nowhere", text));
    }
    with->follows += 1;
    const bool fits = check(with, value, target, at);
    with->follows -= 1;
    return fits;
}

static bool check(checker *with, const mortise_json *value, const mortise_json *schema, const place *at) {
    if (mortise_kind_of(schema) == MORTISE_BOOL && !mortise_as_bool(schema)) {
        return misfit(with, at, "nothing is expected here");
    }
    if (mortise_kind_of(schema) != MORTISE_OBJECT) {
        return true;
    }
    if (at->depth > MORTISE_DEPTH_MAX) {
        return misfit(with, at, "it is nested too deeply");
    }
    const mortise_json *type = mortise_member(schema, "type");
    const mortise_json *allowed = mortise_member(schema, "enum");
    const mortise_json *constant = mortise_member(schema, "const");
    if (type != NULL && !check_type(with, value, type, at)) {
        return false;
    }
    if (allowed != NULL && !check_enum(with, value, allowed, at)) {
        return false;
    }
    if (constant != NULL && !mortise_equal(value, constant)) {
        return misfit(with, at, mortise_format("expected %s", mortise_write(constant)));
    }
    return check_reference(with, value, mortise_member(schema, "$ref"), at) && check_content(with, value, schema, at) &&
           check_all(with, value, mortise_member(schema, "allOf"), at) &&
           check_alternatives(with, value, mortise_member(schema, "anyOf"), 1, SIZE_MAX, at) &&
           check_alternatives(with, value, mortise_member(schema, "oneOf"), 1, 1, at);
}

bool mortise_fits_schema(const mortise_json *value, const mortise_json *schema, mortise_misfit *misfit) {
    mortise_misfit ignored;
    checker with = {schema, misfit == NULL ? &ignored : misfit, 0};
    const place root = {NULL, NULL, 0, 0};
    const bool fits = check(&with, value, schema, &root);
    if (fits) {
        // What is left of an alternative that did not fit.
        with.misfit->field = NULL;
        with.misfit->problem = NULL;
    }
    return fits;
}

bool mortise_fits(const mortise_json *value, const char *schema, mortise_misfit *misfit) {
    return schema == NULL || mortise_fits_schema(value, mortise_literal(schema), misfit);
}
