#include "mortise_fake.h"

#define TICKET(id) "{\"id\":\"" id "\",\"subject\":\"s\",\"status\":\"open\",\"created_at\":\"2026-01-05T09:00:00Z\"}"

static void walks_the_pages(void) {
    fake_answer(200, "{\"tickets\":[" TICKET("t-1") "," TICKET("t-2") "],\"next_cursor\":\"c 2\"}");
    fake_answer(200, "{\"tickets\":[" TICKET("t-3") "],\"next_cursor\":null}");
    const mortise_outcome *first = fake_start("list-tickets", "{\"status\":\"open\"}");
    CHECK(first != NULL && first->kind == MORTISE_PAGE);
    CHECK_INTEGER(mortise_count(first->output), 2);
    CHECK_JSON(first->token, "\"c 2\"");
    CHECK_TEXT(fake_url(0), "https://api.desk.example/tickets?status=open");

    const mortise_outcome *last = fake_next("list-tickets", "{\"status\":\"open\"}", first->token);
    CHECK(last != NULL && last->token == NULL);
    CHECK_TEXT(mortise_string(mortise_element(last->output, 0), "id"), "t-3");
    CHECK_TEXT(fake_url(1), "https://api.desk.example/tickets?status=open&cursor=c%202");
}

static void a_page_that_names_itself_is_not_walked_round(void) {
    fake_answer(200, "{\"tickets\":[],\"next_cursor\":\"c2\"}");
    CHECK(fake_next("list-tickets", "{}", mortise_literal("\"c2\"")) == NULL);
    CHECK_FAILURE(MORTISE_RETRY, "the application named a page as its own next page");
}

static void a_token_that_is_no_cursor_is_rejected(void) {
    CHECK(fake_next("list-tickets", "{}", mortise_literal("{\"page\":2}")) == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "the page token does not fit: expected string, found object");
    CHECK_INTEGER(fake_requests(), 0);
}

static void a_cursor_with_a_zero_byte_is_not_cut(void) {
    CHECK(fake_next("list-tickets", "{}", mortise_literal("\"c\\u0000\"")) == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "a text holds a zero byte");
    CHECK_INTEGER(fake_requests(), 0);
}

int main(void) {
    RUN(walks_the_pages);
    RUN(a_page_that_names_itself_is_not_walked_round);
    RUN(a_token_that_is_no_cursor_is_rejected);
    RUN(a_cursor_with_a_zero_byte_is_not_cut);
    return fake_end();
}
