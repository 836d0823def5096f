// Package explore answers what only the connected account knows: choices for a field, schemas of custom
// objects.
package explore

import (
	"encoding/json"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Explore is the plugin's exploration, for all of its operations.
type Explore struct {
	// Options gives choices for a field of an operation's input, page by page.
	Options func(question Question) (Choices, error)
	// Schemas gives input and output schema of an operation, given what is known of its input.
	Schemas func(operation string, input json.RawMessage) (in, out mortise.Schema, err error)
}

// Question says which choices are wanted.
type Question struct {
	Operation string
	// Field is a JSON Pointer.
	Field string
	// Input is what is known of it.
	Input json.RawMessage
	// Query is what a person typed so far.
	Query string
	// Page is the token of the page before; nil at the first one.
	Page json.RawMessage
}

// Choices are some of the choices. Next asks for the next page; nil at the end.
type Choices struct {
	Choices []Choice
	Next    any
}

// Choice is a value with the text that a person sees.
type Choice struct {
	Value any
	Label string
}

// RawChoices are choices as they go to the host.
type RawChoices struct {
	// Choices are pairs of JSON and text.
	Choices []mortise.Header
	Next    *string
}

// CallOptions is how the host asks for choices.
func (e Explore) CallOptions(question Question) (RawChoices, error) {
	var raw RawChoices
	if e.Options == nil {
		return raw, mortise.Misconfigured("this plugin knows no choices")
	}
	found, err := e.Options(question)
	if err != nil {
		return raw, err
	}
	for _, choice := range found.Choices {
		value, err := export.Write(choice.Value)
		if err != nil {
			return raw, err
		}
		raw.Choices = append(raw.Choices, mortise.Header{Name: value, Value: choice.Label})
	}
	if found.Next != nil {
		next, err := export.Write(found.Next)
		if err != nil {
			return raw, err
		}
		raw.Next = &next
	}
	return raw, nil
}

// CallSchemas is how the host asks for schemas.
func (e Explore) CallSchemas(operation, input string) (in, out string, err error) {
	if e.Schemas == nil {
		return "", "", mortise.Misconfigured("this plugin knows no schemas beyond its descriptor")
	}
	inSchema, outSchema, err := e.Schemas(operation, json.RawMessage(input))
	if err != nil {
		return "", "", err
	}
	if in, err = export.Write(inSchema); err != nil {
		return "", "", err
	}
	out, err = export.Write(outSchema)
	return in, out, err
}

var registered Explore

// Register makes the exploration a part of the component.
func (e Explore) Register(registry *mortise.Registry) {
	registry.Only("exploration")
	registered = e
}
