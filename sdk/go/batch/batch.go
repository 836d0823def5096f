// Package batch is the role that does the same for many inputs at once, where the application has an
// endpoint for it.
package batch

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Batch is one batch operation.
type Batch[Input, Output any] struct {
	// Name is in kebab-case and unique among the batch operations.
	Name string
	// Summary is one sentence: lower case, no full stop.
	Summary string
	// Repeat is what a second call with the same keys does.
	Repeat   mortise.Repeat
	Examples []mortise.Example
	// Invoke gives one result for each item, in the same order; an error is a failure of all of them.
	Invoke func(items []Item[Input]) ([]Result[Output], error)
}

// Item is one input with its own key.
type Item[Input any] struct {
	// IdempotencyKey goes on to the application wherever the application takes one.
	IdempotencyKey string
	Input          Input
}

// Result is what became of one item: an output, or a failure of its own.
type Result[Output any] struct {
	Output Output
	Err    error
}

// RawItem is an item as the host gives it.
type RawItem struct{ IdempotencyKey, Input string }

// RawResult is a result as it goes to the host.
type RawResult struct {
	Output string
	Err    error
}

// Call is how the host calls the operation, through JSON. An input that cannot be read fails alone.
func (b Batch[Input, Output]) Call(items []RawItem) ([]RawResult, error) {
	results := make([]RawResult, len(items))
	var readable []Item[Input]
	var places []int
	for i, item := range items {
		input, err := export.Read[Input](item.Input, "input")
		if err != nil {
			results[i].Err = mortise.AsFailure(err).WithRecord(i)
			continue
		}
		readable = append(readable, Item[Input]{item.IdempotencyKey, input})
		places = append(places, i)
	}
	if len(readable) == 0 {
		return results, nil
	}
	given, err := b.Invoke(readable)
	if err != nil {
		return nil, err
	}
	if len(given) != len(readable) {
		return nil, mortise.Unclear("the batch gave another number of results than it was given items")
	}
	for i, result := range given {
		place := places[i]
		if result.Err == nil {
			results[place].Output, result.Err = export.Write(result.Output)
		}
		if result.Err != nil {
			results[place].Err = mortise.AsFailure(result.Err).WithRecord(place)
		}
	}
	return results, nil
}

var table = map[string]func(items []RawItem) ([]RawResult, error){}

// Register makes the operation a part of the component.
func (b Batch[Input, Output]) Register(registry *mortise.Registry) {
	registry.Operation(mortise.RoleBatch, b.Name, func() mortise.Operation {
		return mortise.Operation{
			Name: b.Name, Role: mortise.RoleBatch, Summary: b.Summary, Repeat: b.Repeat,
			Input: mortise.SchemaOf[Input](), Output: mortise.SchemaOf[Output](), Examples: b.Examples,
		}
	})
	table[b.Name] = b.Call
}

func call(operation string, items []RawItem) ([]RawResult, error) {
	if batch, ok := table[operation]; ok {
		return batch(items)
	}
	return nil, export.Unknown(operation, "batch operation")
}
