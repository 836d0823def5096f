/// The action `create-ticket`.
#include "operations.h"

static mortise_outcome *create_ticket(const mortise_json *input, const mortise_turn *turn) {
    (void)turn;
    mortise_json *body = mortise_new_object();
    mortise_set(body, "subject", mortise_member(input, "subject"));
    mortise_set(body, "body", mortise_member(input, "body"));
    mortise_set_string(body, "priority", mortise_string_or(input, "priority", "normal"));

    mortise_request *request = mortise_post(desk_url("/tickets"));
    mortise_idempotent(request);
    mortise_body_json(request, body);
    return mortise_done(desk_ticket(desk_send(request, DESK_TICKET)));
}

static const char INPUT[] = MORTISE_JSON({
    "type": "object",
    "required": ["subject"],
    "properties": {
        "subject": {"description": "One line.", "type": "string", "minLength": 1},
        "body": {"description": "What happened.", "type": "string"},
        "priority": {"type": "string", "enum": ["low", "normal", "high"], "default": "normal"}
    }
});

static const char EXAMPLES[] = MORTISE_JSON([{
    "title": "a printer is on fire",
    "input": {"subject": "the printer is on fire", "priority": "high"},
    "output": {
        "id": "t-1",
        "subject": "the printer is on fire",
        "status": "open",
        "created-at": "2026-01-05T09:00:00Z"
    }
}]);

const mortise_action CREATE_TICKET = {
    .name = "create-ticket",
    .summary = "creates a ticket",
    .repeat = MORTISE_KEYED,
    .input = INPUT,
    .output = TICKET,
    .examples = EXAMPLES,
    .invoke = create_ticket,
};
