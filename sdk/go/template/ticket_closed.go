package main

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/webhooks"
)

var ticketClosed = webhooks.Webhook[struct{}, struct{}, Ticket]{
	Name:    "ticket-closed",
	Summary: "a ticket was closed",
	Verification: mortise.Signature("signing-secret", "desk-signature", mortise.Signing{
		Prefix: "v1=", Algorithm: mortise.HMACSHA256, Encoding: mortise.Hex, Content: "{timestamp}.{body}",
		TimestampHeader: "desk-timestamp", ToleranceMs: 300_000,
	}),
	Receive: func(_ struct{}, _ *struct{}, request webhooks.Request) (webhooks.Reception[struct{}, Ticket], error) {
		type closed struct {
			EventID    string     `json:"event_id"`
			OccurredAt string     `json:"occurred_at"`
			Ticket     deskTicket `json:"ticket"`
		}
		told, err := webhooks.ReadJSON[closed](request)
		if err != nil {
			return webhooks.Reception[struct{}, Ticket]{}, err
		}
		event := mortise.Event[Ticket]{ID: told.EventID, OccurredAt: told.OccurredAt, Payload: told.Ticket.ticket()}
		return webhooks.Reception[struct{}, Ticket]{Events: []mortise.Event[Ticket]{event}}, nil
	},
}
