/// The action `list-tickets`: page by page.
#include "operations.h"

#define PAGE                                                                                                           \
    "{\"type\":\"object\",\"required\":[\"tickets\"],\"properties\":{"                                                 \
    "\"tickets\":{\"type\":\"array\",\"items\":" DESK_TICKET "},"                                                      \
    "\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}"

static mortise_outcome *list_tickets(const mortise_json *input, const mortise_turn *turn) {
    const mortise_json *asked = mortise_page_token(turn, MORTISE_JSON({"type": "string"}));

    mortise_request *request = mortise_get(desk_url("/tickets"));
    mortise_query(request, "status", mortise_string(input, "status"));
    mortise_query(request, "cursor", mortise_as_string(asked));
    const mortise_json *answer = desk_send(request, PAGE);
    if (answer == NULL) {
        return NULL;
    }

    const mortise_json *next = mortise_member(answer, "next_cursor");
    if (asked != NULL && mortise_equal(asked, next)) {
        return mortise_fail(MORTISE_RETRY, "the application named a page as its own next page");
    }
    const mortise_json *tickets = mortise_member(answer, "tickets");
    mortise_json *records = mortise_new_array();
    for (size_t index = 0; index < mortise_count(tickets); index += 1) {
        mortise_append(records, desk_ticket(mortise_element(tickets, index)));
    }
    return mortise_page(records, next);
}

static const char INPUT[] = MORTISE_JSON({
    "type": "object",
    "properties": {
        "status": {"description": "All where it is left out.", "type": "string", "enum": ["open", "closed"]}
    }
});

static const char EXAMPLES[] = MORTISE_JSON([{
    "title": "What is open",
    "input": {"status": "open"}
}]);

const mortise_action LIST_TICKETS = {
    .name = "list-tickets",
    .summary = "lists tickets, oldest first",
    .repeat = MORTISE_SAFE,
    .paged = true,
    .input = INPUT,
    .output = TICKET,
    .examples = EXAMPLES,
    .invoke = list_tickets,
};
