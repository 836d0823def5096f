package mortise

// Event is something that happened in an application. Polling and webhooks give the same.
type Event[Payload any] struct {
	// ID is the application's: one run for one id of one trigger.
	ID string
	// OccurredAt is RFC 3339, or empty.
	OccurredAt string
	// OrderingKey keeps the order among events of one key; empty where order does not matter.
	OrderingKey string
	// Payload is what the workflow sees as `.event`.
	Payload Payload
}

// Start is where the first poll of a trigger begins, as the trigger says; the host puts it into the
// input. Give the field the default: `json:"start" jsonschema:"default=now"`.
type Start string

const (
	// StartNow: with what happens from now on. The first poll gives a cursor and as a rule no events.
	StartNow Start = "now"
	// StartBeginning: with the oldest that the application has.
	StartBeginning Start = "beginning"
)

// JSONSchema is that of the two words.
func (Start) JSONSchema() Schema {
	return Schema{"type": "string", "enum": []any{string(StartNow), string(StartBeginning)}}
}
