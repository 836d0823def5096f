package main

import (
	"testing"

	"github.com/mortise-hub/mortise/sdk/go/fake"
)

const fresh = `{"tickets":[{"id":"t-7","subject":"a","status":"open","created_at":"2026-01-05T09:00:00Z"}],"more":true}`

func TestThePollGoesOnWhereItWas(t *testing.T) {
	host := fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(200, fresh)}})
	news, err := fake.Poll(newTickets, map[string]any{"start": "now"}, map[string]any{"after": "t-6"})
	if err != nil || len(news.Events) != 1 || *news.Cursor.After != "t-7" || !news.More {
		t.Fatalf("%+v, %v", news, err)
	}
	event := news.Events[0]
	if event.ID != "t-7" || event.OccurredAt != "2026-01-05T09:00:00Z" || event.OrderingKey != "" || event.Payload.Subject != "a" {
		t.Errorf("%+v", event)
	}
	if url := host.Requests[0].URL; url != "https://desk.test/tickets/new?after=t-6" {
		t.Error(url)
	}
}

func TestTheFirstPollBeginsWhereTheTriggerSays(t *testing.T) {
	for start, count := range map[string]int{"now": 0, "beginning": 1} {
		t.Run(start, func(t *testing.T) {
			host := fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(200, fresh)}})
			news, err := fake.Poll(newTickets, map[string]any{"start": start}, nil)
			if err != nil || len(news.Events) != count || *news.Cursor.After != "t-7" {
				t.Errorf("%+v, %v", news, err)
			}
			if url := host.Requests[0].URL; url != "https://desk.test/tickets/new" {
				t.Error(url)
			}
		})
	}
}

func TestWithoutNewsTheCursorStays(t *testing.T) {
	fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(200, `{"tickets":[],"more":false}`)}})
	news, err := fake.Poll(newTickets, map[string]any{}, map[string]any{"after": nil})
	if err != nil || len(news.Events) != 0 || news.Cursor.After != nil || news.More {
		t.Errorf("%+v, %v", news, err)
	}
}
