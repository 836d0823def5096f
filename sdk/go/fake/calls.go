//go:build !wasip1

package fake

import (
	"encoding/json"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/actions"
	"github.com/mortise-hub/mortise/sdk/go/batch"
	"github.com/mortise-hub/mortise/sdk/go/check"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/polling"
	"github.com/mortise-hub/mortise/sdk/go/transforms"
	"github.com/mortise-hub/mortise/sdk/go/webhooks"
)

// The functions below call operations as the host does, through JSON. Where they take `any`, a
// json.RawMessage is taken as it is, and anything else is written as JSON.

func text(value any) string {
	written, err := json.Marshal(value)
	if err != nil {
		panic("fake: " + err.Error())
	}
	return string(written)
}

func optional(value any) *string {
	if value == nil {
		return nil
	}
	written := text(value)
	return &written
}

func read[T any](document string) T {
	value, err := export.Read[T](document, "result")
	if err != nil {
		panic("fake: the operation gave what does not fit its own type: " + err.Error())
	}
	return value
}

// Invoke runs the first turn of an action that is done in one.
func Invoke[Input, Output any](action actions.Action[Input, Output], input any) (Output, error) {
	result, err := action.Call(text(input), actions.Turn{})
	if err != nil {
		var none Output
		return none, err
	}
	if result.Page != nil || result.Suspension != nil {
		panic("fake: `" + action.Name + "` is not done in one turn; use fake.Page or fake.Turn")
	}
	return read[Output](result.Done), nil
}

// Page asks for a page of an action: the first one without a token. The token of the next one comes
// back; nil at the end.
func Page[Input, Output any](action actions.Action[Input, Output], input, token any) (records []Output, next json.RawMessage, err error) {
	turn := actions.Turn{}
	if token != nil {
		turn = actions.Turn{Kind: actions.Next, Token: json.RawMessage(text(token))}
	}
	result, err := action.Call(text(input), turn)
	if err != nil {
		return nil, nil, err
	}
	if result.Page == nil {
		panic("fake: `" + action.Name + "` gave no page")
	}
	for _, record := range result.Page.Records {
		records = append(records, read[Output](record))
	}
	if result.Page.Next != nil {
		next = json.RawMessage(*result.Page.Next)
	}
	return records, next, nil
}

// Turn runs any turn of an action.
func Turn[Input, Output any](action actions.Action[Input, Output], input any, turn actions.Turn) (actions.Result, error) {
	return action.Call(text(input), turn)
}

// Batch runs a batch operation; the keys are `key-0`, `key-1` and so on.
func Batch[Input, Output any](operation batch.Batch[Input, Output], inputs ...any) ([]batch.RawResult, error) {
	items := make([]batch.RawItem, len(inputs))
	for i, input := range inputs {
		items[i] = batch.RawItem{IdempotencyKey: "key-" + text(i), Input: text(input)}
	}
	return operation.Call(items)
}

// Check runs the check.
func Check(c check.Check) (check.RawAccount, error) { return c.Call() }

// Poll polls once; a nil cursor is the first time.
func Poll[Input, Cursor, Payload any](p polling.Polling[Input, Cursor, Payload], input, cursor any) (polling.News[Cursor, Payload], error) {
	from, hasCursor := "", false
	if given := optional(cursor); given != nil {
		from, hasCursor = *given, true
	}
	raw, err := p.Call(text(input), from, hasCursor)
	if err != nil {
		return polling.News[Cursor, Payload]{}, err
	}
	news := polling.News[Cursor, Payload]{Cursor: read[Cursor](raw.Cursor), More: raw.More}
	news.Events = readEvents[Payload](raw.Events)
	return news, nil
}

func readEvents[Payload any](raw []mortise.Event[string]) (events []mortise.Event[Payload]) {
	for _, event := range raw {
		events = append(events, mortise.Event[Payload]{ID: event.ID, OccurredAt: event.OccurredAt,
			OrderingKey: event.OrderingKey, Payload: read[Payload](event.Payload)})
	}
	return events
}

// Receive hands a request to a webhook and gives the events; a nil memory is no subscription.
func Receive[Input, Memory, Payload any](w webhooks.Webhook[Input, Memory, Payload], input, memory any,
	request webhooks.Request) ([]mortise.Event[Payload], webhooks.RawReception, error) {
	raw, err := w.CallReceive(text(input), optional(memory), request)
	if err != nil {
		return nil, raw, err
	}
	return readEvents[Payload](raw.Events), raw, nil
}

// Subscribe registers a webhook, or renews it where it has a memory.
func Subscribe[Input, Memory, Payload any](w webhooks.Webhook[Input, Memory, Payload], input any, url string,
	memory any) (webhooks.RawSubscription, error) {
	return w.CallSubscribe(text(input), url, optional(memory))
}

// Unsubscribe takes a webhook's registration back.
func Unsubscribe[Input, Memory, Payload any](w webhooks.Webhook[Input, Memory, Payload], input, memory any) error {
	return w.CallUnsubscribe(text(input), text(memory))
}

// Apply runs a transform over records.
func Apply[Config, Record, Output any](t transforms.Transform[Config, Record, Output], config any,
	records ...any) ([]Outcome[Output], error) {
	texts := make([]string, len(records))
	for i, record := range records {
		texts[i] = text(record)
	}
	raw, err := t.Call(text(config), texts)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome[Output], len(raw))
	for i, outcome := range raw {
		outcomes[i].Err = outcome.Err
		for _, record := range outcome.Records {
			outcomes[i].Records = append(outcomes[i].Records, read[Output](record))
		}
	}
	return outcomes, nil
}

// Outcome is what became of one record.
type Outcome[Output any] struct {
	Records []Output
	Err     error
}
