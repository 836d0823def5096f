package export

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
)

// RawEvent is an event as it goes to the host: its payload is JSON.
type RawEvent = mortise.Event[string]

// WriteEvents writes the events' payloads.
func WriteEvents[Payload any](events []mortise.Event[Payload]) ([]RawEvent, error) {
	raw := make([]RawEvent, len(events))
	for i, event := range events {
		payload, err := Write(event.Payload)
		if err != nil {
			return nil, err
		}
		raw[i] = RawEvent{ID: event.ID, OccurredAt: event.OccurredAt, OrderingKey: event.OrderingKey, Payload: payload}
	}
	return raw, nil
}

// PutEvent writes an `event`.
func PutEvent(out *abi.Out, event RawEvent) {
	out.Text(event.ID)
	out.OptionalText(event.OccurredAt)
	out.OptionalText(event.OrderingKey)
	out.Text(event.Payload)
}
