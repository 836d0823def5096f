package main

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/actions"
)

// TicketQuery is the input of `list-tickets`.
type TicketQuery struct {
	Status string `json:"status,omitempty" jsonschema:"enum=open,enum=closed" jsonschema_description:"all tickets where nothing is said"`
}

var listTickets = actions.Action[TicketQuery, Ticket]{
	Name:    "list-tickets",
	Summary: "lists tickets, page by page",
	Repeat:  mortise.Safe,
	Paged:   true,
	Examples: []mortise.Example{{
		Title: "What is open",
		Input: TicketQuery{Status: "open"},
	}},
	Invoke: func(input TicketQuery, turn actions.Turn) (actions.Outcome[Ticket], error) {
		var cursor string
		isLater, err := turn.Page(&cursor)
		if err != nil {
			return actions.Failed[Ticket](err)
		}
		request := mortise.Get("/tickets")
		if input.Status != "" {
			request.Query("status", input.Status)
		}
		if isLater {
			request.Query("cursor", cursor)
		}
		response, err := send(request)
		if err != nil {
			return actions.Failed[Ticket](err)
		}
		var page struct {
			Tickets    []deskTicket `json:"tickets"`
			NextCursor *string      `json:"next_cursor,omitempty"`
		}
		if err := response.JSON(&page); err != nil {
			return actions.Failed[Ticket](err)
		}
		if page.NextCursor == nil {
			return actions.Page(ticketsOf(page.Tickets), nil)
		}
		if isLater && *page.NextCursor == cursor {
			return actions.Failed[Ticket](mortise.Retry("the application named a page as its own next page"))
		}
		return actions.Page(ticketsOf(page.Tickets), *page.NextCursor)
	},
}
