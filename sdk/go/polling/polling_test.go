package polling

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

var counter = Polling[struct{}, int, string]{Name: "counter", Poll: func(_ struct{}, cursor *int) (News[int, string], error) {
	if cursor == nil {
		return News[int, string]{}, nil
	}
	events := []mortise.Event[string]{{ID: "1", OccurredAt: "2026", Payload: "a"}}
	return News[int, string]{events, *cursor + 1, true}, nil
}}

func TestNewsIsWrittenAsTheContractReadsIt(t *testing.T) {
	news, err := counter.Call("{}", "7", true)
	if err != nil {
		t.Fatal(err)
	}
	at, out := new(abi.Frame).Reserve(20)
	putNews(out, news)
	event := record{"id": "1", "occurred-at": choice{"some", "2026"}, "ordering-key": none, "payload": `"a"`}
	want := record{"events": []any{event}, "cursor": "8", "more": uint64(1)}
	if got := abitest.Read(abitest.Type("polling", "news"), at); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestACursorMayBeMissingOrNotFit(t *testing.T) {
	if news, err := counter.Call("{}", "", false); err != nil || news.Cursor != "0" || len(news.Events) != 0 {
		t.Errorf("%+v, %v", news, err)
	}
	if _, err := counter.Call("{}", `"x"`, true); err.Error() != "the cursor does not fit: it is a text, and not a whole number" {
		t.Errorf("%v", err)
	}
	if _, err := call("nothing", "", "", false); err.Error() != "this plugin has no polling operation called `nothing`" {
		t.Errorf("%v", err)
	}
}
