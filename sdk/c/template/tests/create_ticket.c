#include "mortise_fake.h"

static const char INPUT[] = "{\"subject\":\"no paper\"}";
static const char CREATED[] = "{\"id\":\"t-1\",\"subject\":\"no paper\",\"status\":\"open\","
                              "\"created_at\":\"2026-01-05T09:00:00Z\",\"watchers\":2}";

static void creates_a_ticket(void) {
    fake_answer(201, CREATED);
    CHECK_JSON(fake_invoke("create-ticket", INPUT), "{\"id\":\"t-1\",\"subject\":\"no paper\",\"status\":\"open\","
                                                    "\"created-at\":\"2026-01-05T09:00:00Z\"}");
    CHECK_TEXT(fake_method(0), "POST");
    CHECK_TEXT(fake_url(0), "https://api.desk.example/tickets");
    CHECK_TEXT(fake_header(0, "idempotency-key"), "test-key");
    CHECK_TEXT(fake_body(0), "{\"subject\":\"no paper\",\"priority\":\"normal\"}");
}

static void passes_on_what_is_given(void) {
    fake_answer(201, CREATED);
    CHECK(fake_invoke("create-ticket", "{\"subject\":\"a\",\"body\":\"b\",\"priority\":\"low\"}") != NULL);
    CHECK_TEXT(fake_body(0), "{\"subject\":\"a\",\"body\":\"b\",\"priority\":\"low\"}");
}

static void an_input_that_does_not_fit_names_the_field(void) {
    CHECK(fake_invoke("create-ticket", "{\"subject\":\"\"}") == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "the input does not fit: expected a length of at least 1");
    CHECK_TEXT(fake_failure()->field, "/subject");
    CHECK(fake_invoke("create-ticket", "{\"subject\":\"a\",\"priority\":\"urgent\"}") == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "the input does not fit: expected one of `low`, `normal`, `high`");
    CHECK_TEXT(fake_failure()->field, "/priority");
    CHECK_INTEGER(fake_requests(), 0);
}

static void desks_own_words_reach_the_run(void) {
    fake_answer(422, "{\"error\":{\"code\":\"subject_missing\",\"message\":\"a ticket needs a subject\","
                     "\"field\":\"/subject\"}}");
    CHECK(fake_invoke("create-ticket", INPUT) == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "a ticket needs a subject");
    CHECK_INTEGER(fake_failure()->status, 422);
    CHECK_TEXT(fake_failure()->code, "subject_missing");
    CHECK_TEXT(fake_failure()->field, "/subject");
}

static void waits_as_long_as_desk_asks(void) {
    fake_answer(429, "{}");
    fake_answer_header("retry-after", "7");
    CHECK(fake_invoke("create-ticket", INPUT) == NULL);
    CHECK_FAILURE(MORTISE_RETRY, "the server answered 429");
    CHECK_INTEGER(fake_failure()->wait_ms, 7000);
}

static void an_answer_that_is_no_ticket_is_unclear(void) {
    fake_answer(201, "{\"id\":");
    CHECK(fake_invoke("create-ticket", INPUT) == NULL);
    CHECK_FAILURE(MORTISE_UNCLEAR, "the answer is not the JSON that was expected: it ends too early");
    fake_answer(201, "{\"id\":5}");
    CHECK(fake_invoke("create-ticket", INPUT) == NULL);
    CHECK_FAILURE(MORTISE_UNCLEAR, "the answer is not the JSON that was expected: `subject` is missing at `/subject`");
    CHECK_TEXT(fake_failure()->body, "{\"id\":5}");
}

int main(void) {
    RUN(creates_a_ticket);
    RUN(passes_on_what_is_given);
    RUN(an_input_that_does_not_fit_names_the_field);
    RUN(desks_own_words_reach_the_run);
    RUN(waits_as_long_as_desk_asks);
    RUN(an_answer_that_is_no_ticket_is_unclear);
    return fake_end();
}
