/// What fits a schema, and the words and the place for what does not.
#include "mortise_fake.h"

typedef struct {
    const char *schema;
    const char *value;
    /// `NULL` where it fits.
    const char *problem;
    const char *field;
} fitting;

static void what_does_not_fit_names_its_place(void) {
    static const fitting CASES[] = {
        {"true", "1", NULL, NULL},
        {"false", "1", "nothing is expected here", ""},
        {"{}", "[{}]", NULL, NULL},
        {"{\"type\":\"integer\"}", "1.0", NULL, NULL},
        {"{\"type\":\"integer\"}", "123456789012345678901234567890", NULL, NULL},
        {"{\"type\":\"integer\"}", "1.5", "expected integer, found number", ""},
        {"{\"type\":[\"string\",\"null\"]}", "null", NULL, NULL},
        {"{\"type\":[\"string\",\"null\"]}", "1", "expected string or null, found number", ""},
        {"{\"enum\":[\"a\",1]}", "1.0", NULL, NULL},
        {"{\"enum\":[\"a\",1]}", "\"b\"", "expected one of `a`, `1`", ""},
        {"{\"const\":{\"a\":1}}", "{\"a\":1}", NULL, NULL},
        {"{\"const\":1}", "2", "expected 1", ""},
        {"{\"minLength\":2}", "\"\xC3\xBC\"", "expected a length of at least 2", ""},
        {"{\"maxLength\":1}", "\"\xC3\xBC\"", NULL, NULL},
        {"{\"minimum\":1,\"maximum\":2}", "3", "expected a number of at most 2", ""},
        {"{\"exclusiveMinimum\":1}", "1", "expected more than 1", ""},
        {"{\"exclusiveMaximum\":1}", "1", "expected less than 1", ""},
        {"{\"minItems\":1}", "[]", "expected a list of at least 1", ""},
        {"{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", "expected string, found number", "/1"},
        {"{\"required\":[\"a\"]}", "{}", "`a` is missing", "/a"},
        {"{\"required\":[\"a\"]}", "[]", NULL, NULL},
        {"{\"properties\":{\"a/b~\":{\"items\":false}}}", "{\"a/b~\":[1]}", "nothing is expected here", "/a~1b~0/0"},
        {"{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"b\":1}", "`b` is unknown", "/b"},
        {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"b\":1}", "expected null, found number", "/b"},
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", "expected a number of at most 2", ""},
        {"{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":5}]}", "3", "none of the alternatives fits", ""},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "3", "more than one alternative fits", ""},
        {"{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "1", NULL, NULL},
        {"{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"items\":{\"$ref\":\"#\"}}}}", "[[[]]]", NULL, NULL},
        {"{\"$ref\":\"#/$defs/t\"}", "1", "the schema refers to `#/$defs/t`, which leads nowhere", ""},
        {"{\"$ref\":\"#\"}", "1", "the schema refers to `#`, which leads nowhere", ""},
        {"{\"pattern\":\"^a\",\"format\":\"uri\"}", "\"b\"", NULL, NULL},
    };
    for (size_t index = 0; index < sizeof CASES / sizeof CASES[0]; index += 1) {
        mortise_misfit misfit = {NULL, NULL};
        const bool fits = mortise_fits(mortise_literal(CASES[index].value), CASES[index].schema, &misfit);
        CHECK_TEXT(fits ? NULL : misfit.problem, CASES[index].problem);
        CHECK_TEXT(fits ? NULL : misfit.field, CASES[index].field);
    }
}

int main(void) {
    RUN(what_does_not_fit_names_its_place);
    return fake_end();
}
