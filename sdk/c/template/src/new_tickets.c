/// The polling `new-tickets`.
#include "operations.h"

#define NEWS                                                                                                           \
    "{\"type\":\"object\",\"required\":[\"tickets\",\"more\"],\"properties\":{"                                        \
    "\"tickets\":{\"type\":\"array\",\"items\":" DESK_TICKET "},"                                                      \
    "\"more\":{\"type\":\"boolean\"}}}"

static mortise_news *new_tickets(const mortise_json *input, const mortise_json *cursor) {
    const mortise_json *after = mortise_member(cursor, "after");
    mortise_request *request = mortise_get(desk_url("/tickets/new"));
    mortise_query(request, "after", mortise_as_string(after));
    const mortise_json *answer = desk_send(request, NEWS);
    if (answer == NULL) {
        return NULL;
    }

    // Oldest first: the last one is where the next poll goes on.
    const mortise_json *tickets = mortise_member(answer, "tickets");
    const size_t count = mortise_count(tickets);
    const mortise_json *last = count == 0 ? after : mortise_member(mortise_element(tickets, count - 1), "id");
    mortise_json *next = mortise_new_object();
    mortise_set(next, "after", last == NULL ? mortise_new_null() : last);
    mortise_news *news = mortise_news_from(next, mortise_as_bool(mortise_member(answer, "more")));

    // A trigger that begins now only looks where it is.
    for (size_t index = 0; index < count && !mortise_starts_now(input, cursor); index += 1) {
        const mortise_json *ticket = mortise_element(tickets, index);
        mortise_event *event = mortise_add_event(&news->events, mortise_string(ticket, "id"), desk_ticket(ticket));
        if (event == NULL) {
            return NULL;
        }
        event->occurred_at = mortise_string(ticket, "created_at");
    }
    return news;
}

static const char CURSOR[] = MORTISE_JSON({
    "type": "object",
    "required": ["after"],
    "properties": {"after": {"type": ["string", "null"]}}
});

const mortise_polling NEW_TICKETS = {
    .name = "new-tickets",
    .summary = "a ticket was created",
    .input = "{\"type\":\"object\",\"properties\":{" MORTISE_START "}}",
    .cursor = CURSOR,
    .output = TICKET,
    .poll = new_tickets,
};
