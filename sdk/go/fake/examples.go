//go:build !wasip1

package fake

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/mortise-hub/mortise/sdk/go/transforms"
)

// RunExamples runs the examples of a transform.
func RunExamples[Config, Record, Output any](t testing.TB, transform transforms.Transform[Config, Record, Output]) {
	t.Helper()
	for _, example := range transform.Examples {
		outcomes, err := Apply(transform, example.Input, example.Records...)
		if err != nil {
			t.Errorf("the example `%s` fails: %v", example.Title, err)
			continue
		}
		made := []any{}
		for _, outcome := range outcomes {
			if outcome.Err != nil {
				t.Errorf("a record of the example `%s` fails: %v", example.Title, outcome.Err)
			}
			for _, record := range outcome.Records {
				made = append(made, record)
			}
		}
		if !sameJSON(made, example.Output) {
			t.Errorf("the example `%s` gives %s", example.Title, text(made))
		}
	}
}

func sameJSON(one, other any) bool {
	var a, b any
	_ = json.Unmarshal([]byte(text(one)), &a)
	_ = json.Unmarshal([]byte(text(other)), &b)
	return reflect.DeepEqual(a, b)
}
