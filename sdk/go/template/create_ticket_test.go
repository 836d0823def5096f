package main

import (
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
)

const open = `{"id":"t-1","subject":"hello","status":"open","created_at":"2026-01-05T09:00:00Z"}`

func TestATicketIsOpenedUnderTheKey(t *testing.T) {
	host := fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(201, open)}})
	ticket, err := fake.Invoke(createTicket, map[string]any{"subject": "hello"})
	if err != nil || ticket != (Ticket{"t-1", "hello", "open", "2026-01-05T09:00:00Z"}) {
		t.Fatalf("%+v, %v", ticket, err)
	}
	request := host.Requests[0]
	if request.Method != "POST" || request.URL != "https://desk.test/tickets" || fake.Header(request, "idempotency-key") != "test-key" {
		t.Errorf("%+v", request)
	}
	if body := fake.Body(request); body != `{"subject":"hello","priority":"normal"}` {
		t.Error(body)
	}
}

func TestInputThatDoesNotFitIsRejectedWithItsField(t *testing.T) {
	host := fake.Install(t, fake.Host{})
	for pointer, input := range map[string]map[string]any{
		"/subject":  {"subject": ""},
		"/priority": {"subject": "hello", "priority": "urgent"},
		"/body":     {"subject": "hello", "body": 7},
	} {
		_, err := fake.Invoke(createTicket, input)
		if failure := failureOf(t, err); failure.Disposition != mortise.DispositionReject || failure.Cause.Field != pointer {
			t.Errorf("%s: %+v", pointer, failure)
		}
	}
	if len(host.Requests) != 0 {
		t.Error("something was sent")
	}
}

func TestWhatDeskRefusesCarriesItsWords(t *testing.T) {
	body := `{"error":{"code":"subject_missing","message":"a ticket needs a subject","field":"/subject"}}`
	fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(422, body)}})
	_, err := fake.Invoke(createTicket, map[string]any{"subject": " "})
	failure := failureOf(t, err)
	want := mortise.Cause{Status: 422, Code: "subject_missing", Field: "/subject", Body: body}
	if failure.Disposition != mortise.DispositionReject || failure.Message != "a ticket needs a subject" || *failure.Cause != want {
		t.Errorf("%+v, %+v", failure, failure.Cause)
	}
}

func TestAnAnswerThatIsNoTicketIsUnclear(t *testing.T) {
	for _, body := range []string{"", "{", `{"id":"t-1"}`, `[]`} {
		t.Run(body, func(t *testing.T) {
			fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(201, body)}})
			_, err := fake.Invoke(createTicket, map[string]any{"subject": "hello"})
			if failure := failureOf(t, err); failure.Disposition != mortise.DispositionUnclear {
				t.Errorf("%+v", failure)
			}
		})
	}
}
