// Package export has what the exports of all roles share: reading their documents and writing their
// results, on any target, so that tests come the same way as the host.
package export

import (
	"encoding/json"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/schema"
)

// Read reads what the host handed over; the failure names the field by its JSON Pointer.
func Read[T any](text, what string) (T, error) {
	var value T
	if err := schema.Read([]byte(text), &value); err != nil {
		return value, mortise.Reject("the " + what + " does not fit: " + err.Error()).WithField(err.Pointer)
	}
	return value, nil
}

// ReadOptional is as [Read], for what may not be there.
func ReadOptional[T any](text string, isThere bool, what string) (*T, error) {
	if !isThere {
		return nil, nil
	}
	value, err := Read[T](text, what)
	return &value, err
}

// Write writes a result.
func Write(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", mortise.Reject("the result cannot be written as JSON: " + err.Error())
	}
	return string(text), nil
}

// WriteAll writes several.
func WriteAll[T any](values []T) ([]string, error) {
	texts := make([]string, len(values))
	for i, value := range values {
		text, err := Write(value)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	return texts, nil
}

// Unknown is what every role answers for a name that it does not have.
func Unknown(operation, role string) error {
	return mortise.Misconfigured("this plugin has no " + role + " called `" + operation + "`")
}

// PutResult writes a `result<T, failure>`.
func PutResult(out *abi.Out, err error, write func(*abi.Out)) {
	if err != nil {
		out.Variant(1, abi.SizeFailure, 8, func(out *abi.Out) { putFailure(out, mortise.AsFailure(err)) })
		return
	}
	out.Variant(0, abi.SizeFailure, 8, write)
}

// PutText writes a string, for lists.
func PutText(out *abi.Out, text string) { out.Text(text) }

// PutPair writes a tuple<string, string>.
func PutPair(out *abi.Out, pair mortise.Header) {
	out.Text(pair.Name)
	out.Text(pair.Value)
}

// PutOptionalText writes an option<string> that may be an empty text.
func PutOptionalText(out *abi.Out, text *string) {
	out.Variant(abi.Bit(text != nil), abi.SizeText, 4, func(out *abi.Out) {
		if text != nil {
			out.Text(*text)
		}
	})
}

func putFailure(out *abi.Out, failure *mortise.Failure) {
	out.Variant(uint8(failure.Disposition), 16, 8, func(out *abi.Out) {
		if failure.Disposition == mortise.DispositionRetry {
			out.OptionalUint64(failure.WaitMs, failure.WaitMs > 0)
		}
	})
	out.Text(failure.Message)
	if failure.Cause == nil {
		out.Variant(0, abi.SizeCause, 4, nil)
		return
	}
	out.Variant(1, abi.SizeCause, 4, func(out *abi.Out) { putCause(out, failure.Cause) })
}

func putCause(out *abi.Out, cause *mortise.Cause) {
	out.Variant(abi.Bit(cause.Status != 0), 2, 2, func(out *abi.Out) { out.Uint16(uint16(cause.Status)) })
	out.OptionalText(cause.Code)
	out.Variant(abi.Bit(cause.Record != nil), 4, 4, func(out *abi.Out) {
		if cause.Record != nil {
			out.Uint32(uint32(*cause.Record))
		}
	})
	out.OptionalText(cause.Field)
	out.OptionalText(cause.Body)
}
