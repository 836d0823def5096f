package main

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/actions"
)

// NewTicket is the input of `create-ticket`, and what Desk is sent.
type NewTicket struct {
	Subject  string `json:"subject" jsonschema:"minLength=1" jsonschema_description:"what it is about"`
	Body     string `json:"body,omitempty" jsonschema_description:"the text, as the customer wrote it"`
	Priority string `json:"priority" jsonschema:"enum=low,enum=normal,enum=high,default=normal" jsonschema_description:"how soon somebody has to look"`
}

var createTicket = actions.Action[NewTicket, Ticket]{
	Name:    "create-ticket",
	Summary: "opens a ticket",
	Repeat:  mortise.Keyed,
	Examples: []mortise.Example{{
		Title:  "A ticket",
		Input:  NewTicket{Subject: "The door is stuck", Priority: "high"},
		Output: Ticket{ID: "t-1", Subject: "The door is stuck", Status: "open", CreatedAt: "2026-01-02T03:04:05.000Z"},
	}},
	Invoke: func(input NewTicket, _ actions.Turn) (actions.Outcome[Ticket], error) {
		response, err := send(mortise.Post("/tickets").Idempotent().JSON(input))
		if err != nil {
			return actions.Failed[Ticket](err)
		}
		var created deskTicket
		if err := response.JSON(&created); err != nil {
			return actions.Failed[Ticket](err)
		}
		return actions.Done(created.ticket())
	},
}
