package mortise

import (
	"reflect"

	"github.com/mortise-hub/mortise/sdk/go/internal/schema"
)

// SchemaVersion is the version of the descriptor's structure.
const SchemaVersion = 1

// Schema is a JSON Schema (2020-12); an empty one takes anything.
type Schema = schema.Schema

// Descriptor is a plugin as it describes itself: what `wit/descriptor.schema.json` says.
type Descriptor struct {
	SchemaVersion  int         `json:"schema-version"`
	Name           string      `json:"name"`
	Version        string      `json:"version"`
	Licence        string      `json:"licence,omitempty"`
	Title          string      `json:"title"`
	Summary        string      `json:"summary,omitempty"`
	Settings       Schema      `json:"settings,omitempty"`
	Rate           *Rate       `json:"rate,omitempty"`
	Hosts          []string    `json:"hosts,omitempty"`
	Origins        []string    `json:"origins,omitempty"`
	Authentication []Scheme    `json:"authentication,omitempty"`
	Operations     []Operation `json:"operations"`
}

// Rate is so many requests in so long.
type Rate struct {
	Requests uint32 `json:"requests"`
	PerMs    uint64 `json:"per-ms"`
	// AtOnce is how many may be under way at the same time; zero is no limit.
	AtOnce uint32 `json:"at-once,omitempty"`
}

// Role is the interface that serves an operation.
type Role string

const (
	RoleAction    Role = "action"
	RoleBatch     Role = "batch"
	RolePolling   Role = "polling"
	RoleWebhook   Role = "webhook"
	RoleTransform Role = "transform"
)

// Repeat is a promise: what a second call with the same idempotency key does.
type Repeat string

const (
	// Safe: nothing, since it reads, or sets what is set already.
	Safe Repeat = "safe"
	// Keyed: nothing, because the application knows the key.
	Keyed Repeat = "keyed"
	// Duplicates: it happens twice.
	Duplicates Repeat = "duplicates"
)

// Records says how a transform takes its records.
type Records string

const (
	// RecordsEach: each alone, so that they may come in portions.
	RecordsEach Records = "each"
	// RecordsAll: all at once; they become one value, which is the first outcome's.
	RecordsAll Records = "all"
)

// Operation is one thing that a plugin does, as the descriptor has it. The packages of the roles make
// it of what is registered.
type Operation struct {
	Name           string        `json:"name"`
	Role           Role          `json:"role"`
	Summary        string        `json:"summary"`
	Input          Schema        `json:"input"`
	Output         Schema        `json:"output"`
	Record         Schema        `json:"record,omitzero"`
	Records        Records       `json:"records,omitempty"`
	Repeat         Repeat        `json:"repeat,omitempty"`
	Stateful       bool          `json:"stateful,omitempty"`
	Paging         bool          `json:"paging,omitempty"`
	Authentication []string      `json:"authentication,omitempty"`
	Choices        []string      `json:"choices,omitempty"`
	Dynamic        bool          `json:"dynamic,omitempty"`
	Verification   *Verification `json:"verification,omitempty"`
	Answers        bool          `json:"answers,omitempty"`
	Verifies       bool          `json:"verifies,omitempty"`
	Subscribes     bool          `json:"subscribes,omitempty"`
	Examples       []Example     `json:"examples,omitempty"`
}

// Example is an input that works, for people and for tests.
type Example struct {
	Title string `json:"title"`
	// Input is as in the step's `with`.
	Input any `json:"input"`
	// Records are what a transform is given.
	Records []any `json:"records,omitempty"`
	// Output is what comes of it; for a transform, the list of the records that come of all of them, or the one value of
	// RecordsAll.
	Output any `json:"output,omitempty"`
}

// SchemaOf makes the schema of a type, of its fields' tags `json` and `jsonschema`.
func SchemaOf[T any]() Schema { return schema.Of(reflect.TypeFor[T]()) }
