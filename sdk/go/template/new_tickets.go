package main

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/polling"
)

// Watch is the input of `new-tickets`.
type Watch struct {
	Start mortise.Start `json:"start" jsonschema:"default=now" jsonschema_description:"where the first poll begins"`
}

// Seen is where the next poll goes on.
type Seen struct {
	// After is the last ticket that was seen; nil before the first one.
	After *string `json:"after"`
}

var newTickets = polling.Polling[Watch, Seen, Ticket]{
	Name:    "new-tickets",
	Summary: "a ticket was opened",
	Poll: func(input Watch, cursor *Seen) (polling.News[Seen, Ticket], error) {
		none := polling.News[Seen, Ticket]{}
		request, seen := mortise.Get("/tickets/new"), Seen{}
		if cursor != nil {
			seen = *cursor
		}
		if seen.After != nil {
			request.Query("after", *seen.After)
		}
		response, err := send(request)
		if err != nil {
			return none, err
		}
		var found struct {
			Tickets []deskTicket `json:"tickets"`
			More    bool         `json:"more"`
		}
		if err := response.JSON(&found); err != nil {
			return none, err
		}
		news := polling.News[Seen, Ticket]{Cursor: seen, More: found.More}
		for _, ticket := range found.Tickets {
			news.Cursor = Seen{After: &ticket.ID}
			// A trigger that begins now only looks where it is.
			if cursor != nil || input.Start == mortise.StartBeginning {
				news.Events = append(news.Events, mortise.Event[Ticket]{
					ID: ticket.ID, OccurredAt: ticket.CreatedAt, Payload: ticket.ticket(),
				})
			}
		}
		return news, nil
	},
}
