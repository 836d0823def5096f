package main

import (
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
	"github.com/mortise-hub/mortise/sdk/go/webhooks"
)

func TestAClosedTicketIsAnEvent(t *testing.T) {
	body := `{"event_id":"e-1","occurred_at":"2026-01-06T10:00:00Z","ticket":{"id":"t-1","subject":"a","status":"closed","created_at":"2026-01-05T09:00:00Z"}}`
	request := webhooks.Request{Method: "POST", PathAndQuery: "/desk", Body: []byte(body)}
	events, _, err := fake.Receive(ticketClosed, map[string]any{}, nil, request)
	if err != nil || len(events) != 1 {
		t.Fatalf("%+v, %v", events, err)
	}
	if event := events[0]; event.ID != "e-1" || event.OccurredAt != "2026-01-06T10:00:00Z" || event.Payload.Status != "closed" {
		t.Errorf("%+v", event)
	}
}

func TestABodyThatDoesNotFitIsRejected(t *testing.T) {
	request := webhooks.Request{Method: "POST", Body: []byte(`{"event_id":"e-1","occurred_at":"2026-01-06T10:00:00Z"}`)}
	_, _, err := fake.Receive(ticketClosed, map[string]any{}, nil, request)
	if failure := failureOf(t, err); failure.Disposition != mortise.DispositionReject || failure.Cause.Field != "/ticket" {
		t.Errorf("%+v", failure)
	}
}
