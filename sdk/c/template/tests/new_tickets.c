#include "mortise_fake.h"

#define TICKETS                                                                                                        \
    "{\"tickets\":[{\"id\":\"t-7\",\"subject\":\"s\",\"status\":\"open\",\"created_at\":\"2026-01-05T09:00:00Z\"}],"   \
    "\"more\":true}"

static void gives_what_is_new_and_goes_on_behind_it(void) {
    fake_answer(200, TICKETS);
    const mortise_news *news = fake_poll("new-tickets", "{\"start\":\"now\"}", "{\"after\":\"t-6\"}");
    CHECK(news != NULL && news->more);
    CHECK_INTEGER(news->events.count, 1);
    CHECK_TEXT(news->events.items[0].id, "t-7");
    CHECK_TEXT(news->events.items[0].occurred_at, "2026-01-05T09:00:00Z");
    CHECK_TEXT(news->events.items[0].ordering_key, NULL);
    CHECK_TEXT(mortise_string(news->events.items[0].payload, "created-at"), "2026-01-05T09:00:00Z");
    CHECK_JSON(news->cursor, "{\"after\":\"t-7\"}");
    CHECK_TEXT(fake_url(0), "https://api.desk.example/tickets/new?after=t-6");
}

static void a_trigger_that_begins_now_only_looks_where_it_is(void) {
    fake_answer(200, TICKETS);
    const mortise_news *news = fake_poll("new-tickets", "{\"start\":\"now\"}", NULL);
    CHECK(news != NULL && news->more);
    CHECK_INTEGER(news->events.count, 0);
    CHECK_JSON(news->cursor, "{\"after\":\"t-7\"}");
    CHECK_TEXT(fake_url(0), "https://api.desk.example/tickets/new");
}

static void a_trigger_that_begins_at_the_beginning_gives_all(void) {
    fake_answer(200, TICKETS);
    const mortise_news *news = fake_poll("new-tickets", "{\"start\":\"beginning\"}", NULL);
    CHECK(news != NULL);
    CHECK_INTEGER(news->events.count, 1);
}

static void nothing_new_leaves_the_cursor(void) {
    fake_answer(200, "{\"tickets\":[],\"more\":false}");
    const mortise_news *news = fake_poll("new-tickets", "{}", "{\"after\":\"t-9\"}");
    CHECK(news != NULL && !news->more);
    CHECK_JSON(news->cursor, "{\"after\":\"t-9\"}");
    fake_answer(200, "{\"tickets\":[],\"more\":false}");
    CHECK_JSON(fake_poll("new-tickets", "{}", NULL)->cursor, "{\"after\":null}");
}

int main(void) {
    RUN(gives_what_is_new_and_goes_on_behind_it);
    RUN(a_trigger_that_begins_now_only_looks_where_it_is);
    RUN(a_trigger_that_begins_at_the_beginning_gives_all);
    RUN(nothing_new_leaves_the_cursor);
    return fake_end();
}
