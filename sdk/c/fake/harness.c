#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"

static size_t tests;
static size_t failed_tests;
static size_t complaints;

void fake_complain(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)printf("  %s:%d: ", file, line);
    (void)vprintf(format, arguments);
    (void)printf("\n");
    va_end(arguments);
    complaints += 1;
}

void fake_expect(bool holds, const char *what, const char *file, int line) {
    if (!holds) {
        fake_complain(file, line, "`%s` does not hold", what);
    }
}

void fake_expect_text(const char *actual, const char *expected, const char *what, const char *file, int line) {
    const char *one = actual == NULL ? "nothing" : actual;
    const char *other = expected == NULL ? "nothing" : expected;
    const bool is_same = actual == NULL || expected == NULL ? actual == expected : strcmp(actual, expected) == 0;
    if (!is_same) {
        fake_complain(file, line, "`%s` is\n    %s\n  and not\n    %s", what, one, other);
    }
}

void fake_expect_integer(long long actual, long long expected, const char *what, const char *file, int line) {
    if (actual != expected) {
        fake_complain(file, line, "`%s` is %lld and not %lld", what, actual, expected);
    }
}

void fake_expect_json(const mortise_json *actual, const char *expected, const char *what, const char *file, int line) {
    if (actual != NULL && mortise_equal(actual, mortise_literal(expected))) {
        return;
    }
    const mortise_failure *failure = fake_failure();
    const char *text = actual == NULL ? "nothing" : mortise_write(actual);
    fake_complain(file, line, "`%s` is\n    %s%s%s\n  and not\n    %s", what, text, failure == NULL ? "" : ": ",
                  failure == NULL ? "" : failure->message, expected);
}

void fake_expect_failure(mortise_disposition disposition, const char *message, const char *file, int line) {
    static const char *const NAMES[] = {"retry", "unclear", "reject", "reauthorize", "misconfigured"};
    const mortise_failure *failure = fake_failure();
    if (failure == NULL) {
        fake_complain(file, line, "the call did not fail");
        return;
    }
    if (failure->disposition != disposition) {
        fake_complain(file, line, "the failure is `%s` and not `%s`", NAMES[failure->disposition], NAMES[disposition]);
    }
    fake_expect_text(failure->message, message, "message", file, line);
}

void fake_run(void (*test)(void), const char *name) {
    const size_t before = complaints;
    fake_reset();
    test();
    fake_reset();
    tests += 1;
    failed_tests += complaints > before ? 1 : 0;
    (void)printf("%s %s\n", complaints > before ? "FAILED" : "ok    ", name);
    (void)fflush(stdout);
}

int fake_end(void) {
    fake_reset();
    (void)printf("%zu tests, %zu failed\n", tests, failed_tests);
    // No test at all proves nothing.
    return tests > 0 && failed_tests == 0 ? 0 : 1;
}
