package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
)

// Misfit says what does not fit and where.
type Misfit struct {
	// Pointer is a JSON Pointer (RFC 6901); empty for the whole document.
	Pointer string
	text    string
}

func (m *Misfit) Error() string { return m.text }

// Read reads a document into what into points to. Beyond what encoding/json asks, it has to fit the
// schema of the type: nothing is missing, no number too small, no text too short. What is missing and
// has a default gets it.
func Read(text []byte, into any) *Misfit {
	var document any
	reader := json.NewDecoder(bytes.NewReader(text))
	reader.UseNumber()
	if err := reader.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return &Misfit{text: "it is empty"}
		}
		return &Misfit{text: "it is not one JSON value"}
	}
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return &Misfit{text: "it is not one JSON value"}
	}
	check := checker{}
	check.value(document, Of(reflect.TypeOf(into).Elem()), "")
	if check.misfit != nil {
		return check.misfit
	}
	if check.filled {
		// The document is JSON still: it was made of it and of defaults.
		text, _ = json.Marshal(document)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return misfitOf(err)
	}
	return nil
}

// misfitOf is what encoding/json refuses although it fits the schema, such as 300 for a uint8.
func misfitOf(err error) *Misfit {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		pointer := ""
		if wrong.Field != "" {
			pointer = "/" + strings.ReplaceAll(wrong.Field, ".", "/")
		}
		return &Misfit{Pointer: pointer, text: subject(pointer) + " is not what `" + wrong.Type.String() + "` takes"}
	}
	return &Misfit{text: err.Error()}
}

// subject names a place in a sentence.
func subject(pointer string) string {
	if pointer == "" {
		return "it"
	}
	return "`" + pointer + "`"
}

// Join is the pointer to a member.
func Join(pointer, token string) string {
	return pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
