/// Requests as they are made, and the decision that each answer stands for.
#include <string.h>

#include "mortise_fake.h"

static const char INPUT[] = "{\"url\":\"https://a.example/x?y=1#part\",\"q\":\"\xC3\xBC & +\"}";

static void a_query_goes_before_the_fragment(void) {
    fake_answer(200, "[]");
    CHECK_JSON(fake_invoke("fetch", INPUT), "[]");
    CHECK_TEXT(fake_url(0), "https://a.example/x?y=1&q=%C3%BC%20%26%20%2B#part");
    CHECK(fake_is_anonymous(0));
    fake_answer(200, "[]");
    CHECK(fake_invoke("fetch", "{\"url\":\"https://a.example/?\",\"q\":\"\"}") != NULL);
    CHECK_TEXT(fake_url(1), "https://a.example/?q=");
}

static void a_status_is_a_decision(void) {
    static const struct {
        uint16_t status;
        mortise_disposition disposition;
        const char *message;
    } CASES[] = {
        {301, MORTISE_REJECT, "the server answered 301; redirects are not followed"},
        {400, MORTISE_REJECT, "the server rejected the request with 400"},
        {401, MORTISE_REAUTHORIZE, "the server refused the credential with 401"},
        {403, MORTISE_REAUTHORIZE, "the server refused the credential with 403"},
        {404, MORTISE_REJECT, "the server rejected the request with 404"},
        {408, MORTISE_RETRY, "the server answered 408"},
        {429, MORTISE_RETRY, "the server answered 429"},
        {500, MORTISE_RETRY, "the server answered 500"},
        {599, MORTISE_RETRY, "the server answered 599"},
        {600, MORTISE_REJECT, "the server rejected the request with 600"},
    };
    for (size_t index = 0; index < sizeof CASES / sizeof CASES[0]; index += 1) {
        fake_answer(CASES[index].status, "why");
        CHECK(fake_invoke("fetch", INPUT) == NULL);
        CHECK_FAILURE(CASES[index].disposition, CASES[index].message);
        CHECK_INTEGER(fake_failure()->status, CASES[index].status);
        CHECK_TEXT(fake_failure()->body, "why");
    }
}

static void retry_after_is_seconds_or_a_date(void) {
    static const struct {
        const char *after;
        const char *date;
        long long wait_ms;
    } CASES[] = {
        {"120", NULL, 120000},
        {" 7 ", NULL, 7000},
        {"0", NULL, 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30000},
        {"Thu, 01 Mar 2024 00:00:00 GMT", "Wed, 28 Feb 2024 23:59:59 GMT", 86401000},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "Mon, 07 Nov 1994 08:49:37 GMT", 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", NULL, -1},
        {"soon", "Sun, 06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 99999999999999999999 Nov", "Sun, 06 Nov 1994 08:49:37 GMT", -1},
        {"99999999999999999999", NULL, -1},
    };
    for (size_t index = 0; index < sizeof CASES / sizeof CASES[0]; index += 1) {
        fake_answer(503, "");
        fake_answer_header("Retry-After", CASES[index].after);
        if (CASES[index].date != NULL) {
            fake_answer_header("date", CASES[index].date);
        }
        CHECK(fake_invoke("fetch", INPUT) == NULL);
        CHECK_INTEGER(fake_failure()->has_wait, CASES[index].wait_ms >= 0);
        CHECK_INTEGER(fake_failure()->has_wait ? (long long)fake_failure()->wait_ms : -1, CASES[index].wait_ms);
    }
}

static void no_answer_is_a_decision_too(void) {
    static const struct {
        mortise_http_problem problem;
        mortise_disposition disposition;
        const char *message;
    } CASES[] = {
        {MORTISE_DENIED, MORTISE_MISCONFIGURED, "x"},
        {MORTISE_NOT_SENT, MORTISE_RETRY, "the request was not sent: x"},
        {MORTISE_UNANSWERED, MORTISE_UNCLEAR, "no answer came: x"},
        {MORTISE_LIMITED, MORTISE_RETRY, "the connection's rate is used up"},
        {MORTISE_TOO_LARGE, MORTISE_REJECT, "the answer is larger than 9 bytes"},
        {MORTISE_UNAUTHORIZED, MORTISE_REAUTHORIZE, "x"},
        {MORTISE_OTHER, MORTISE_REJECT, "x"},
    };
    for (size_t index = 0; index < sizeof CASES / sizeof CASES[0]; index += 1) {
        fake_no_answer(CASES[index].problem, "x", 9);
        CHECK(fake_invoke("fetch", INPUT) == NULL);
        CHECK_FAILURE(CASES[index].disposition, CASES[index].message);
        CHECK_INTEGER(fake_failure()->has_wait, CASES[index].problem == MORTISE_LIMITED);
    }
}

static void an_answer_of_another_shape_is_unclear(void) {
    static const char *const BODIES[] = {"", "<html>", "{}", "[1"};
    for (size_t index = 0; index < sizeof BODIES / sizeof BODIES[0]; index += 1) {
        fake_answer(200, BODIES[index]);
        CHECK(fake_invoke("fetch", INPUT) == NULL);
        CHECK(fake_failure() != NULL && fake_failure()->disposition == MORTISE_UNCLEAR);
        CHECK_TEXT(fake_failure()->body, BODIES[index]);
    }
}

static void the_start_of_a_body_is_whole_characters(void) {
    char body[4096];
    memset(body, 'a', sizeof body);
    // The euro sign would lie over the end of what is kept.
    memcpy(body + MORTISE_BODY_START_BYTES - 2, "\xE2\x82\xAC", 3);
    fake_answer_bytes(400, "text/plain", body, sizeof body);
    CHECK(fake_invoke("fetch", INPUT) == NULL);
    CHECK_INTEGER(strlen(fake_failure()->body), MORTISE_BODY_START_BYTES - 2);
    memset(body, '\xFF', sizeof body);
    fake_answer_bytes(400, "text/plain", body, sizeof body);
    CHECK(fake_invoke("fetch", INPUT) == NULL);
    CHECK(strlen(fake_failure()->body) <= MORTISE_BODY_START_BYTES);
    memset(body, 'a', sizeof body);
    memcpy(body + MORTISE_BODY_START_BYTES - 3, "\xE2\x82\xAC", 3);
    fake_answer_bytes(400, "text/plain", body, sizeof body);
    CHECK(fake_invoke("fetch", INPUT) == NULL);
    CHECK_INTEGER(strlen(fake_failure()->body), MORTISE_BODY_START_BYTES);
}

static void half_a_request_is_not_sent(void) {
    CHECK(fake_invoke("fetch", "{\"url\":\"https://a.example/\\u0000\"}") == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "a text holds a zero byte");
    CHECK_INTEGER(fake_requests(), 0);
}

static void what_was_encoded_is_decoded(void) {
    CHECK_TEXT(mortise_encode("a/b \xC3\xBC~"), "a%2Fb%20%C3%BC~");
    CHECK_TEXT(mortise_decode("a%2fb+%zz%", 10), "a/b %zz%");
    CHECK_TEXT(mortise_decode("%ff", 3), "\xEF\xBF\xBD");
}

int main(void) {
    RUN(a_query_goes_before_the_fragment);
    RUN(a_status_is_a_decision);
    RUN(retry_after_is_seconds_or_a_date);
    RUN(no_answer_is_a_decision_too);
    RUN(an_answer_of_another_shape_is_unclear);
    RUN(the_start_of_a_body_is_whole_characters);
    RUN(half_a_request_is_not_sent);
    RUN(what_was_encoded_is_decoded);
    return fake_end();
}
