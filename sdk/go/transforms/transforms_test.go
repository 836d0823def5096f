package transforms

import (
	"reflect"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/abitest"
)

type (
	record = abitest.Record
	choice = abitest.Case
)

var none = choice{"none"}

type config struct {
	Factor int `json:"factor"`
}

type amount struct {
	Cents int `json:"cents"`
}

var scale = Transform[config, amount, amount]{Name: "scale", Apply: func(with config, one amount) ([]amount, error) {
	if one.Cents == 0 {
		return nil, nil
	}
	if one.Cents < 0 {
		return nil, mortise.Reject("it is negative").WithField("/cents")
	}
	return []amount{{one.Cents * with.Factor}}, nil
}}

func TestEachRecordHasAnOutcome(t *testing.T) {
	outcomes, err := scale.Call(`{"factor":3}`, []string{`{"cents":5}`, `{"cents":0}`, `{"cents":-1}`, `{"cents":"x"}`})
	if err != nil {
		t.Fatal(err)
	}
	at, out := new(abi.Frame).Reserve(8)
	abi.PutList(out, outcomes, abi.SizeOutcome, putOutcome)
	first := abi.At(at).Uint32()
	failed := func(message string, index uint64) choice {
		cause := record{"status": none, "code": none, "record": choice{"some", index}, "field": choice{"some", "/cents"}, "body": none}
		return choice{"err", record{"disposition": choice{"reject"}, "message": message, "cause": choice{"some", cause}}}
	}
	for i, want := range []choice{
		{"ok", []any{`{"cents":15}`}}, {"ok", []any{}}, failed("it is negative", 2),
		failed("the record does not fit: `/cents` is a text, and not a whole number", 3),
	} {
		got := abitest.Read(abitest.Type("transform", "outcome"), first+uint32(i)*abi.SizeOutcome)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d: %+v", i, got)
		}
	}
}

func TestAConfigurationThatDoesNotFitIsMisconfigured(t *testing.T) {
	_, err := scale.Call(`{}`, nil)
	failure := mortise.AsFailure(err)
	if failure.Disposition != mortise.DispositionMisconfigured || failure.Cause.Field != "/factor" {
		t.Errorf("%+v", failure)
	}
	if _, err := call("nothing", "{}", nil); err.Error() != "this plugin has no transform called `nothing`" {
		t.Errorf("%v", err)
	}
}
