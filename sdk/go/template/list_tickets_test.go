package main

import (
	"encoding/json"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
)

func TestPagesFollowEachOther(t *testing.T) {
	first := `{"tickets":[{"id":"t-1","subject":"a","status":"open","created_at":"2026-01-05T09:00:00Z"}],"next_cursor":"c2"}`
	host := fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{
		fake.JSON(200, first), fake.JSON(200, `{"tickets":[],"next_cursor":null}`),
	}})
	tickets, next, err := fake.Page(listTickets, map[string]any{"status": "open"}, nil)
	if err != nil || len(tickets) != 1 || tickets[0].CreatedAt != "2026-01-05T09:00:00Z" || string(next) != `"c2"` {
		t.Fatalf("%+v, %s, %v", tickets, next, err)
	}
	tickets, next, err = fake.Page(listTickets, map[string]any{"status": "open"}, next)
	if err != nil || len(tickets) != 0 || next != nil {
		t.Fatalf("%+v, %s, %v", tickets, next, err)
	}
	if url := host.Requests[1].URL; url != "https://desk.test/tickets?status=open&cursor=c2" {
		t.Error(url)
	}
}

func TestAPageThatNamesItselfIsNotFollowed(t *testing.T) {
	fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(200, `{"tickets":[],"next_cursor":"c2"}`)}})
	_, _, err := fake.Page(listTickets, map[string]any{}, json.RawMessage(`"c2"`))
	failure := failureOf(t, err)
	if failure.Disposition != mortise.DispositionRetry || failure.Message != "the application named a page as its own next page" {
		t.Errorf("%+v", failure)
	}
}

func TestALimitIsWaitedFor(t *testing.T) {
	limited := fake.New(429, "", mortise.Header{Name: "retry-after", Value: "7"})
	fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{limited}})
	_, _, err := fake.Page(listTickets, map[string]any{}, nil)
	if failure := failureOf(t, err); failure.Disposition != mortise.DispositionRetry || failure.WaitMs != 7000 {
		t.Errorf("%+v", failure)
	}
}
