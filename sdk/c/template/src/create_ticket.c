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
        "priority": {"description": "How soon somebody has to look.", "type": "string", "enum": ["low", "normal", "high"], "default": "normal"}
    }
});

static const char EXAMPLES[] = MORTISE_JSON([{
    "title": "A ticket",
    "input": {"subject": "The door is stuck", "priority": "high"},
    "output": {
        "id": "t-1",
        "subject": "The door is stuck",
        "status": "open",
        "created-at": "2026-01-02T03:04:05.000Z"
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
