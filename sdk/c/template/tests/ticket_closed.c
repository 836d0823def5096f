#include "mortise_fake.h"

static void makes_an_event_of_a_request(void) {
    const mortise_reception *reception = fake_receive(
        "ticket-closed", "{}", NULL,
        fake_incoming("POST", "/desk",
                      "{\"event_id\":\"e-1\",\"occurred_at\":\"2026-01-05T10:00:00Z\",\"ticket\":{\"id\":\"t-1\","
                      "\"subject\":\"s\",\"status\":\"closed\",\"created_at\":\"2026-01-05T09:00:00Z\"}}"));
    CHECK(reception != NULL);
    CHECK_INTEGER(reception->events.count, 1);
    CHECK_TEXT(reception->events.items[0].id, "e-1");
    CHECK_TEXT(reception->events.items[0].occurred_at, "2026-01-05T10:00:00Z");
    CHECK_JSON(reception->events.items[0].payload, "{\"id\":\"t-1\",\"subject\":\"s\",\"status\":\"closed\","
                                                   "\"created-at\":\"2026-01-05T09:00:00Z\"}");
}

static void a_body_that_is_no_event_is_rejected(void) {
    CHECK(fake_receive("ticket-closed", "{}", NULL, fake_incoming("POST", "/desk", "{}")) == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "the webhook's body does not fit: `event_id` is missing");
    CHECK(fake_receive("ticket-closed", "{}", NULL, fake_incoming("POST", "/desk", "")) == NULL);
    CHECK_FAILURE(MORTISE_REJECT, "the webhook's body is not one JSON value: it is empty");
}

int main(void) {
    RUN(makes_an_event_of_a_request);
    RUN(a_body_that_is_no_event_is_rejected);
    return fake_end();
}
