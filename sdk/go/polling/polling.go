// Package polling is the role that asks an application for what is new.
package polling

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Polling is one trigger that polls.
type Polling[Input, Cursor, Payload any] struct {
	// Name is in kebab-case and unique in the plugin: `new-deals`.
	Name string
	// Summary is one sentence: lower case, no full stop.
	Summary string
	// Stateful triggers use [mortise.GetState].
	Stateful bool
	Examples []mortise.Example
	// Poll is called every so often, the first time without a cursor. The input holds the trigger's
	// `with`, and `start`, where to begin without a cursor: see [mortise.Start].
	Poll func(input Input, cursor *Cursor) (News[Cursor, Payload], error)
}

// News is what is new.
type News[Cursor, Payload any] struct {
	// Events are in the order in which they happened.
	Events []mortise.Event[Payload]
	// Cursor is where the next poll goes on. It is kept together with the events or not at all.
	Cursor Cursor
	// More says that there is more now: poll again at once.
	More bool
}

// RawNews is what is new as it goes to the host.
type RawNews struct {
	Events []mortise.Event[string]
	Cursor string
	More   bool
}

// Call is how the host polls, through JSON.
func (p Polling[Input, Cursor, Payload]) Call(input, cursor string, hasCursor bool) (RawNews, error) {
	value, err := export.Read[Input](input, "input")
	if err != nil {
		return RawNews{}, err
	}
	from, err := export.ReadOptional[Cursor](cursor, hasCursor, "cursor")
	if err != nil {
		return RawNews{}, err
	}
	news, err := p.Poll(value, from)
	if err != nil {
		return RawNews{}, err
	}
	events, err := export.WriteEvents(news.Events)
	if err != nil {
		return RawNews{}, err
	}
	next, err := export.Write(news.Cursor)
	return RawNews{events, next, news.More}, err
}

var table = map[string]func(input, cursor string, hasCursor bool) (RawNews, error){}

// Register makes the trigger a part of the component.
func (p Polling[Input, Cursor, Payload]) Register(registry *mortise.Registry) {
	registry.Operation(mortise.RolePolling, p.Name, func() mortise.Operation {
		return mortise.Operation{
			Name: p.Name, Role: mortise.RolePolling, Summary: p.Summary, Repeat: mortise.Safe,
			Input: mortise.SchemaOf[Input](), Output: mortise.SchemaOf[Payload](),
			Stateful: p.Stateful, Examples: p.Examples,
		}
	})
	table[p.Name] = p.Call
}

func call(operation, input, cursor string, hasCursor bool) (RawNews, error) {
	if polling, ok := table[operation]; ok {
		return polling(input, cursor, hasCursor)
	}
	return RawNews{}, export.Unknown(operation, "polling operation")
}
