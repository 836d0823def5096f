// Package webhooks is the role that understands an application's webhooks. The host has checked the
// signature as declared, kept the request and answered; Receive runs as the first step.
package webhooks

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Webhook is one trigger that is called. Memory is what a subscription remembers; a webhook that does
// not register itself has none: `struct{}`.
type Webhook[Input, Memory, Payload any] struct {
	// Name is in kebab-case and unique in the plugin: `order-paid`.
	Name string
	// Summary is one sentence: lower case, no full stop.
	Summary string
	// Verification is how the host checks the request; nil where the application signs nothing.
	Verification *mortise.Verification
	// Answers gives the answer itself: it runs before it, with no HTTP and one second.
	Answers bool
	// Verifies checks the request itself with [mortise.Verify]: as Answers.
	Verifies bool
	Examples []mortise.Example
	// Receive makes events of a request. The memory is nil without a subscription.
	Receive func(input Input, memory *Memory, request Request) (Reception[Memory, Payload], error)
	// Subscribe registers the webhook at the address with the application, or renews it. Leave it and
	// Unsubscribe nil where a person does that.
	Subscribe func(input Input, url string, memory *Memory) (Subscription[Memory], error)
	// Unsubscribe takes the registration back.
	Unsubscribe func(input Input, memory Memory) error
}

// Reception is what came of a request.
type Reception[Memory, Payload any] struct {
	// Events are in the order in which they happened.
	Events []mortise.Event[Payload]
	// Answer is what the application expects, where Answers is set.
	Answer *Response
	// Memory is the subscription's from now on, where it changes.
	Memory *Memory
}

// Subscription is a registration with the application.
type Subscription[Memory any] struct {
	// Memory comes back at Receive, at the next Subscribe and at Unsubscribe.
	Memory Memory
	// Secrets are those that the application issued, by name: the host keeps them.
	Secrets []mortise.Header
	// RenewAfterMs: subscribe again after so long; zero is never.
	RenewAfterMs uint64
}

// RawReception is what came of a request as it goes to the host.
type RawReception struct {
	Events []mortise.Event[string]
	Answer *Response
	Memory *string
}

// RawSubscription is a registration as it goes to the host.
type RawSubscription struct {
	Memory       string
	Secrets      []mortise.Header
	RenewAfterMs uint64
}

// CallReceive is how the host hands a request over, through JSON.
func (w Webhook[Input, Memory, Payload]) CallReceive(input string, memory *string, request Request) (RawReception, error) {
	var raw RawReception
	value, kept, err := w.read(input, memory)
	if err != nil {
		return raw, err
	}
	reception, err := w.Receive(value, kept, request)
	if err != nil {
		return raw, err
	}
	raw.Answer = reception.Answer
	if reception.Memory != nil {
		text, err := export.Write(reception.Memory)
		if err != nil {
			return raw, err
		}
		raw.Memory = &text
	}
	raw.Events, err = export.WriteEvents(reception.Events)
	return raw, err
}

// CallSubscribe is how the host subscribes, through JSON.
func (w Webhook[Input, Memory, Payload]) CallSubscribe(input, url string, memory *string) (RawSubscription, error) {
	if w.Subscribe == nil {
		return RawSubscription{}, w.cannot()
	}
	value, kept, err := w.read(input, memory)
	if err != nil {
		return RawSubscription{}, err
	}
	made, err := w.Subscribe(value, url, kept)
	if err != nil {
		return RawSubscription{}, err
	}
	text, err := export.Write(made.Memory)
	return RawSubscription{text, made.Secrets, made.RenewAfterMs}, err
}

// CallUnsubscribe is how the host unsubscribes, through JSON.
func (w Webhook[Input, Memory, Payload]) CallUnsubscribe(input, memory string) error {
	if w.Unsubscribe == nil {
		return w.cannot()
	}
	value, kept, err := w.read(input, &memory)
	if err != nil {
		return err
	}
	return w.Unsubscribe(value, *kept)
}

func (w Webhook[Input, Memory, Payload]) cannot() error {
	return mortise.Misconfigured("`" + w.Name + "` cannot register its webhook")
}

func (w Webhook[Input, Memory, Payload]) read(input string, memory *string) (value Input, kept *Memory, err error) {
	if value, err = export.Read[Input](input, "input"); err != nil || memory == nil {
		return value, nil, err
	}
	kept, err = export.ReadOptional[Memory](*memory, true, "subscription's memory")
	return value, kept, err
}

type webhook interface {
	CallReceive(input string, memory *string, request Request) (RawReception, error)
	CallSubscribe(input, url string, memory *string) (RawSubscription, error)
	CallUnsubscribe(input, memory string) error
}

var table = map[string]webhook{}

// Register makes the webhook a part of the component.
func (w Webhook[Input, Memory, Payload]) Register(registry *mortise.Registry) {
	registry.Operation(mortise.RoleWebhook, w.Name, func() mortise.Operation {
		return mortise.Operation{
			Name: w.Name, Role: mortise.RoleWebhook, Summary: w.Summary, Repeat: mortise.Safe,
			Input: mortise.SchemaOf[Input](), Output: mortise.SchemaOf[Payload](), Examples: w.Examples,
			Verification: w.Verification, Answers: w.Answers, Verifies: w.Verifies, Subscribes: w.Subscribe != nil,
		}
	})
	table[w.Name] = w
}

func find(operation string) (webhook, error) {
	if found, ok := table[operation]; ok {
		return found, nil
	}
	return nil, export.Unknown(operation, "webhook")
}
