/// JSON is read as RFC 8259 says, and nothing else is.
#include <stdlib.h>
#include <string.h>

#include "mortise_fake.h"

static const char *problem_of(const char *text) {
    const char *problem = NULL;
    (void)mortise_parse(text, strlen(text), &problem);
    return problem;
}

static const char *again(const char *text) {
    const mortise_json *value = mortise_parse(text, strlen(text), NULL);
    return value == NULL ? NULL : mortise_write(value);
}

static void what_is_json_comes_back_as_it_was(void) {
    static const char *const TEXTS[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12345678901234567890.10",
        "1e400",
        "1E-7",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":null}],\"b\"]",
        "{\"a\":{\"b\":[true,false]}}",
        "\"\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80\"",
        "\"\\u0000\\u001f\"",
    };
    for (size_t index = 0; index < sizeof TEXTS / sizeof TEXTS[0]; index += 1) {
        CHECK_TEXT(again(TEXTS[index]), TEXTS[index]);
    }
    CHECK_TEXT(again(" [ 1 , 2 ]\n"), "[1,2]");
    CHECK_TEXT(again("\"\\u00fc\\ud83d\\ude00\\/\\b\\\\\\\"\""), "\"\xC3\xBC\xF0\x9F\x98\x80/\\u0008\\\\\\\"\"");
}

static void what_is_none_is_refused(void) {
    static const struct {
        const char *text;
        const char *problem;
    } CASES[] = {
        {"", "it is empty"},
        {" ", "it ends too early"},
        {"nul", "a value is missing"},
        {"[1", "it ends too early"},
        {"[1,]", "a value is missing"},
        {"[1 2]", "`,` or `]` is missing"},
        {"{\"a\" 1}", "`:` is missing"},
        {"{a:1}", "a key is missing"},
        {"{\"a\":1,}", "a key is missing"},
        {"01", "a number begins with 0"},
        {"-", "it ends too early"},
        {"1.x", "a digit is missing"},
        {"1e+", "it ends too early"},
        {"+1", "a value is missing"},
        {"NaN", "a value is missing"},
        {"1 2", "something follows behind the value"},
        {"\"a", "it ends too early"},
        {"\"a\\\"", "it ends too early"},
        {"\"\\x\"", "an escape is unknown"},
        {"\"\\u12\"", "an escape is not four hexadecimal digits"},
        {"\"\\ud800\"", "half of a surrogate pair is missing"},
        {"\"\\ud800\\u0041\"", "half of a surrogate pair is missing"},
        {"\"\\udc00\"", "half of a surrogate pair is missing"},
        {"\"\n\"", "a string holds a control character"},
        {"\"\xC0\x80\"", "a string is not UTF-8"},
        {"\"\xED\xA0\x80\"", "a string is not UTF-8"},
        {"\"\xF4\x90\x80\x80\"", "a string is not UTF-8"},
        {"\"\xE2\x82\"", "a string is not UTF-8"},
    };
    for (size_t index = 0; index < sizeof CASES / sizeof CASES[0]; index += 1) {
        CHECK_TEXT(problem_of(CASES[index].text), CASES[index].problem);
    }
}

static void depth_has_an_end(void) {
    mortise_json *value = mortise_new_null();
    for (int depth = 0; depth < MORTISE_DEPTH_MAX; depth += 1) {
        mortise_json *array = mortise_new_array();
        mortise_append(array, value);
        value = array;
    }
    char *text = mortise_write(value);
    CHECK(text != NULL && problem_of(text) == NULL);
    CHECK_TEXT(problem_of(mortise_format("[%s]", text)), "it is nested too deeply");
    mortise_json *round = mortise_new_array();
    mortise_append(round, round);
    CHECK(mortise_write(round) == NULL);
    CHECK(mortise_take_failure() != NULL);
}

static void of_a_key_that_comes_twice_the_last_counts(void) {
    CHECK_TEXT(again("{\"a\":1,\"b\":2,\"a\":3}"), "{\"a\":3,\"b\":2}");
}

static void many_members_are_found(void) {
    mortise_json *object = mortise_new_object();
    for (int index = 0; index < 5000; index += 1) {
        mortise_set_integer(object, mortise_format("key-%d", index), index);
    }
    mortise_set_integer(object, "key-17", -1);
    CHECK_INTEGER(mortise_count(object), 5000);
    int64_t found = 0;
    CHECK(mortise_as_integer(mortise_member(object, "key-4999"), &found));
    CHECK_INTEGER(found, 4999);
    CHECK(mortise_as_integer(mortise_member(object, "key-17"), &found));
    CHECK_INTEGER(found, -1);
    CHECK(mortise_member(object, "key-5000") == NULL);
}

static void numbers_keep_what_they_are(void) {
    int64_t whole = 0;
    CHECK(mortise_as_integer(mortise_literal("-9223372036854775808"), &whole));
    CHECK(whole == INT64_MIN);
    CHECK(mortise_as_integer(mortise_literal("1.5e1"), &whole));
    CHECK_INTEGER(whole, 15);
    CHECK(!mortise_as_integer(mortise_literal("9223372036854775808"), &whole));
    CHECK(!mortise_as_integer(mortise_literal("1.5"), &whole));
    CHECK(!mortise_as_integer(mortise_literal("1e400"), &whole));
    CHECK(!mortise_as_integer(mortise_literal("\"1\""), &whole));
    CHECK_TEXT(mortise_write(mortise_new_double(0.1)), "0.1");
    CHECK_TEXT(mortise_write(mortise_new_double(1.0 / 3)), "0.3333333333333333");
    CHECK_TEXT(mortise_write(mortise_new_double(1e300 * 1e300)), "null");
}

static void values_are_compared_and_not_texts(void) {
    CHECK(mortise_equal(mortise_literal("{\"a\":1,\"b\":[2]}"), mortise_literal("{\"b\":[2.0],\"a\":1}")));
    CHECK(!mortise_equal(mortise_literal("{\"a\":1}"), mortise_literal("{\"a\":1,\"b\":2}")));
    CHECK(!mortise_equal(mortise_literal("9007199254740993"), mortise_literal("9007199254740992")));
    CHECK(!mortise_equal(mortise_literal("\"1\""), mortise_literal("1")));
}

static void text_that_is_no_utf8_is_replaced(void) {
    CHECK_TEXT(mortise_write(mortise_new_string("a\xFF"
                                                "b")),
               "\"a\xEF\xBF\xBD"
               "b\"");
}

static void a_text_with_a_zero_byte_is_never_cut(void) {
    size_t length = 0;
    const mortise_json *value = mortise_literal("\"a\\u0000b\"");
    CHECK(mortise_as_bytes(value, &length) != NULL);
    CHECK_INTEGER(length, 3);
    CHECK(mortise_as_string(value) == NULL);
    CHECK_TEXT(mortise_take_failure()->message, "a text holds a zero byte");
}

/// Bytes that nobody chose: no step over an end (the sanitizers see it), and what is read is written
/// and read again as the same value.
static void any_bytes_are_safe(void) {
    static const char SEED[] = "{\"a\":[1.5e3,\"\\ud83d\\ude00\xC3\xBC\",null,true,{\"b\":-0.1}],\"c\":\"\\\"x\"}";
    uint32_t random = 12345;
    size_t read = 0;
    for (int round = 0; round < 20000; round += 1) {
        char bytes[sizeof SEED];
        memcpy(bytes, SEED, sizeof SEED);
        size_t length = sizeof SEED - 1;
        for (int change = 0; change < 1 + round % 3; change += 1) {
            random = random * 1664525u + 1013904223u;
            bytes[(random >> 8) % length] = (char)((random >> 24) % 3 == 0 ? random >> 16
                                                                           : (uint32_t)SEED[(random >> 12) % length]);
        }
        random = random * 1664525u + 1013904223u;
        length -= (random >> 16) % 4 == 0 ? (random >> 20) % length : 0;
        // A block of its own, without a zero byte behind it.
        char *exact = malloc(length + 1);
        CHECK(exact != NULL);
        memcpy(exact + 1, bytes, length);
        const mortise_json *value = mortise_parse(exact + 1, length, NULL);
        free(exact);
        if (value != NULL) {
            const char *text = mortise_write(value);
            CHECK(mortise_equal(value, mortise_parse(text, strlen(text), NULL)));
            read += 1;
        }
    }
    CHECK(read > 100);
}

int main(void) {
    RUN(what_is_json_comes_back_as_it_was);
    RUN(what_is_none_is_refused);
    RUN(depth_has_an_end);
    RUN(of_a_key_that_comes_twice_the_last_counts);
    RUN(many_members_are_found);
    RUN(numbers_keep_what_they_are);
    RUN(values_are_compared_and_not_texts);
    RUN(text_that_is_no_utf8_is_replaced);
    RUN(a_text_with_a_zero_byte_is_never_cut);
    RUN(any_bytes_are_safe);
    return fake_end();
}
