package actions

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

func TestOutcomesAreWrittenAsTheContractReadsThem(t *testing.T) {
	none, next := choice{"none"}, `"c2"`
	for _, one := range []struct {
		result Result
		want   choice
	}{
		{Result{Done: "1"}, choice{"done", "1"}},
		{Result{Page: &PageResult{Records: []string{"1", "22"}, Next: &next}},
			choice{"page", record{"records": []any{"1", "22"}, "next": choice{"some", `"c2"`}}}},
		{Result{Page: &PageResult{}}, choice{"page", record{"records": []any{}, "next": none}}},
		{Result{Suspension: &Suspension{Token: "3", PollAfterMs: 0}},
			choice{"suspended", record{"token": "3", "poll-after-ms": choice{"some", uint64(0)}, "callback": uint64(0)}}},
		{Result{Suspension: &Suspension{Token: "3", Callback: true}},
			choice{"suspended", record{"token": "3", "poll-after-ms": none, "callback": uint64(1)}}},
	} {
		at, out := new(abi.Frame).Reserve(40)
		putResult(out, one.result)
		if got := abitest.Read(abitest.Type("actions", "outcome"), at); !reflect.DeepEqual(got, one.want) {
			t.Errorf("%+v", got)
		}
	}
}

func TestTurnsAreReadAsTheyArePassed(t *testing.T) {
	frame := new(abi.Frame)
	token, tokenLen := frame.Text("7")
	callback, callbackLen := frame.Text("{}")
	for _, one := range []struct {
		got, want Turn
	}{
		{turnOf(0, 0, 0, 0, 0, 0), Turn{}},
		{turnOf(1, token, tokenLen, 0, 0, 0), Turn{Kind: Next, Token: []byte("7")}},
		{turnOf(2, token, tokenLen, 0, 0, 0), Turn{Kind: Resumed, Token: []byte("7")}},
		{turnOf(2, token, tokenLen, 1, callback, callbackLen), Turn{Kind: Resumed, Token: []byte("7"), Callback: []byte("{}")}},
	} {
		if !reflect.DeepEqual(one.got, one.want) {
			t.Errorf("%+v", one.got)
		}
	}
}

func TestAnActionGoesFromJSONToJSON(t *testing.T) {
	countdown := Action[int, int]{Name: "countdown", Paged: true, Invoke: func(from int, turn Turn) (Outcome[int], error) {
		if _, err := turn.Page(&from); err != nil {
			return Failed[int](err)
		}
		switch {
		case from < 0:
			return Failed[int](mortise.Reject("it is negative"))
		case from > 100:
			return Later[int]("later", 1000)
		case from > 50:
			return UntilCalled[int]("called")
		case from > 10:
			return Page([]int{from, from - 1}, from-2)
		default:
			return Done(from)
		}
	}}
	for _, one := range []struct {
		input string
		turn  Turn
		want  Result
	}{
		{"3", Turn{}, Result{Done: "3"}},
		{"20", Turn{}, Result{Page: &PageResult{[]string{"20", "19"}, ptr("18")}}},
		{"20", Turn{Kind: Next, Token: []byte("4")}, Result{Done: "4"}},
		{"60", Turn{}, Result{Suspension: &Suspension{`"called"`, 0, true}}},
		{"200", Turn{}, Result{Suspension: &Suspension{`"later"`, 1000, false}}},
	} {
		if got, err := countdown.Call(one.input, one.turn); err != nil || !reflect.DeepEqual(got, one.want) {
			t.Errorf("%s: %+v, %v", one.input, got, err)
		}
	}
	for input, turn := range map[string]Turn{"-1": {}, `"x"`: {}, "20": {Kind: Next, Token: []byte(`"x"`)}} {
		if _, err := countdown.Call(input, turn); mortise.AsFailure(err).Disposition != mortise.DispositionReject {
			t.Errorf("%s: %v", input, err)
		}
	}
}

func ptr(text string) *string { return &text }

func TestAnActionThatIsNotThereIsMisconfigured(t *testing.T) {
	_, err := call("nothing", "{}", Turn{})
	failure := mortise.AsFailure(err)
	if failure.Disposition != mortise.DispositionMisconfigured || failure.Message != "this plugin has no action called `nothing`" {
		t.Errorf("%+v", failure)
	}
}
