// Package actions is the role that does one thing in an application: creates, reads, sends, searches.
//
// Most actions are done in one turn. A long list comes page by page, see [Page]. An application that
// works for minutes is not waited for: the action is suspended, see [Later] and [UntilCalled].
package actions

import (
	"encoding/json"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Action is one action. The schemas in the descriptor come from the types.
type Action[Input, Output any] struct {
	// Name is in kebab-case and unique in the plugin: `post-message`.
	Name string
	// Summary is one sentence: lower case, no full stop.
	Summary string
	// Repeat is what a second call with the same idempotency key does.
	Repeat mortise.Repeat
	// Paged actions answer with [Page], and Output is one record.
	Paged bool
	// Stateful actions use [mortise.GetState]: the engine runs them one call at a time.
	Stateful bool
	Examples []mortise.Example
	// Invoke is called once for each turn of each attempt.
	Invoke func(input Input, turn Turn) (Outcome[Output], error)
}

// Turn says which turn of a longer action this is. Each is kept and retried on its own.
type Turn struct {
	// Kind tells which of the rest counts.
	Kind TurnKind
	// Token is that of the page before, or of the suspension.
	Token json.RawMessage
	// Callback is what came to the callback, if anything did.
	Callback json.RawMessage
}

// TurnKind is the kind of a turn.
type TurnKind uint8

const (
	// Start is the first turn.
	Start TurnKind = iota
	// Next asks for the page after the one that gave the token.
	Next
	// Resumed goes on after a suspension.
	Resumed
)

// Page reads the token of the page that is asked for into what token points to; false at the first one.
func (t Turn) Page(token any) (bool, error) {
	if t.Kind != Next {
		return false, nil
	}
	if err := json.Unmarshal(t.Token, token); err != nil {
		return false, mortise.Reject("the page token does not fit: " + err.Error())
	}
	return true, nil
}

// Outcome is what came of a turn; [Done], [Page], [Later] and [UntilCalled] make one.
type Outcome[Output any] struct {
	kind        outcomeKind
	done        Output
	records     []Output
	next, token any
	pollAfterMs uint64
}

type outcomeKind uint8

const (
	isDone outcomeKind = iota
	isPage
	isLater
	isUntilCalled
)

// Done is the whole result.
func Done[Output any](output Output) (Outcome[Output], error) {
	return Outcome[Output]{done: output}, nil
}

// Page is some of the records, and what asks for the next ones: nil at the end.
func Page[Output any](records []Output, next any) (Outcome[Output], error) {
	return Outcome[Output]{kind: isPage, records: records, next: next}, nil
}

// Later says that the application works on: the next turn comes after so many milliseconds, with this
// token.
func Later[Output any](token any, afterMs uint64) (Outcome[Output], error) {
	return Outcome[Output]{kind: isLater, token: token, pollAfterMs: afterMs}, nil
}

// UntilCalled says that the application works on and will call [mortise.CallbackURL]: the next turn
// comes with this token and what it sent.
func UntilCalled[Output any](token any) (Outcome[Output], error) {
	return Outcome[Output]{kind: isUntilCalled, token: token}, nil
}

// Failed is no outcome: `return actions.Failed[Output](err)`.
func Failed[Output any](err error) (Outcome[Output], error) { return Outcome[Output]{}, err }

// Result is an outcome as it goes to the host: everything is JSON.
type Result struct {
	// Done is the whole result, unless one of the rest is set.
	Done string
	Page *PageResult
	// Suspension is how a suspended action goes on.
	Suspension *Suspension
}

// PageResult is some of the records; Next is nil at the end.
type PageResult struct {
	Records []string
	Next    *string
}

// Suspension is how a suspended action goes on.
type Suspension struct {
	Token       string
	PollAfterMs uint64
	Callback    bool
}

// Call is how the host calls the action, through JSON.
func (a Action[Input, Output]) Call(input string, turn Turn) (Result, error) {
	value, err := export.Read[Input](input, "input")
	if err != nil {
		return Result{}, err
	}
	outcome, err := a.Invoke(value, turn)
	if err != nil {
		return Result{}, err
	}
	switch outcome.kind {
	case isPage:
		return writePage(outcome)
	case isLater, isUntilCalled:
		token, err := export.Write(outcome.token)
		suspension := &Suspension{Token: token, PollAfterMs: outcome.pollAfterMs, Callback: outcome.kind == isUntilCalled}
		return Result{Suspension: suspension}, err
	default:
		text, err := export.Write(outcome.done)
		return Result{Done: text}, err
	}
}

func writePage[Output any](outcome Outcome[Output]) (Result, error) {
	records, err := export.WriteAll(outcome.records)
	page := &PageResult{Records: records}
	if err != nil || outcome.next == nil {
		return Result{Page: page}, err
	}
	next, err := export.Write(outcome.next)
	page.Next = &next
	return Result{Page: page}, err
}

var table = map[string]func(input string, turn Turn) (Result, error){}

// Register makes the action a part of the component.
func (a Action[Input, Output]) Register(registry *mortise.Registry) {
	registry.Operation(mortise.RoleAction, a.Name, func() mortise.Operation {
		return mortise.Operation{
			Name: a.Name, Role: mortise.RoleAction, Summary: a.Summary, Repeat: a.Repeat,
			Input: mortise.SchemaOf[Input](), Output: mortise.SchemaOf[Output](),
			Paging: a.Paged, Stateful: a.Stateful, Examples: a.Examples,
		}
	})
	table[a.Name] = a.Call
}

func call(operation, input string, turn Turn) (Result, error) {
	if action, ok := table[operation]; ok {
		return action(input, turn)
	}
	return Result{}, export.Unknown(operation, "action")
}
