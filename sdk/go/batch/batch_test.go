package batch

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

func TestItemsAndResultsAreThoseOfTheContract(t *testing.T) {
	at := abitest.Write(abitest.Type("batch", "item"), record{"idempotency-key": "k", "input": "7"})
	if item := takeItem(abi.At(at)); item != (RawItem{"k", "7"}) {
		t.Errorf("%+v", item)
	}
	at, out := new(abi.Frame).Reserve(8)
	abi.PutList(out, []RawResult{{Output: "1"}, {Err: mortise.Reject("no")}}, abi.SizeOutcome, putResult)
	// The same type as that of `transform.outcome` but for what is in the first case.
	got := abitest.Read(abitest.Type("transform", "outcome"), abi.At(at).Uint32()+abi.SizeOutcome)
	want := choice{"err", record{"disposition": choice{"reject"}, "message": "no", "cause": none}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

var double = Batch[uint8, int]{Name: "double", Invoke: func(items []Item[uint8]) ([]Result[int], error) {
	results := []Result[int]{}
	for _, item := range items {
		switch item.Input {
		case 13:
			results = append(results, Result[int]{Err: mortise.Retry("unlucky")})
		case 99:
			return nil, mortise.Retry("all of them")
		case 98:
			return nil, nil
		default:
			results = append(results, Result[int]{Output: 2 * int(item.Input)})
		}
	}
	return results, nil
}}

func TestAnInputThatDoesNotFitFailsAlone(t *testing.T) {
	results, err := double.Call([]RawItem{{"a", `"x"`}, {"b", "4"}, {"c", "13"}, {"d", "300"}})
	if err != nil || results[1] != (RawResult{Output: "8"}) {
		t.Fatalf("%+v, %v", results, err)
	}
	for i, message := range map[int]string{0: "the input does not fit: it is a text, and not a whole number", 2: "unlucky"} {
		failure := mortise.AsFailure(results[i].Err)
		if failure.Message != message || *failure.Cause.Record != i {
			t.Errorf("%d: %+v", i, failure)
		}
	}
	if results[3].Err == nil {
		t.Error("300 is no uint8")
	}
}

func TestAllOfThemMayFail(t *testing.T) {
	for input, message := range map[string]string{
		"99": "all of them", "98": "the batch gave another number of results than it was given items",
	} {
		if _, err := double.Call([]RawItem{{"a", input}}); err == nil || err.Error() != message {
			t.Errorf("%v", err)
		}
	}
	if _, err := call("nothing", nil); err.Error() != "this plugin has no batch operation called `nothing`" {
		t.Errorf("%v", err)
	}
}
