/// The webhook `ticket-closed`: the host has checked its signature before it comes here.
#include "operations.h"

#define CLOSED                                                                                                         \
    "{\"type\":\"object\",\"required\":[\"event_id\",\"ticket\"],\"properties\":{"                                     \
    "\"event_id\":{\"type\":\"string\"},\"occurred_at\":{\"type\":\"string\"},"                                        \
    "\"ticket\":" DESK_TICKET "}}"

static mortise_reception *ticket_closed(const mortise_json *input, const mortise_json *memory,
                                        const mortise_incoming *request) {
    (void)input;
    (void)memory;
    const mortise_json *body = mortise_incoming_json(request, CLOSED);
    mortise_reception *reception = mortise_received();
    mortise_json *ticket = desk_ticket(mortise_member(body, "ticket"));
    mortise_event *event = mortise_add_event(&reception->events, mortise_string(body, "event_id"), ticket);
    if (event == NULL) {
        return NULL;
    }
    event->occurred_at = mortise_string(body, "occurred_at");
    return reception;
}

static const char VERIFICATION[] = MORTISE_JSON({
    "scheme": "signature",
    "secret": "signing-secret",
    "header": "desk-signature",
    "prefix": "v1=",
    "algorithm": "hmac-sha256",
    "encoding": "hex",
    "content": "{timestamp}.{body}",
    "timestamp-header": "desk-timestamp",
    "tolerance-ms": 300000
});

const mortise_webhook TICKET_CLOSED = {
    .name = "ticket-closed",
    .summary = "a ticket was closed",
    .input = MORTISE_JSON({"type": "object"}), .output = TICKET, .verification = VERIFICATION, .receive = ticket_closed,
};
