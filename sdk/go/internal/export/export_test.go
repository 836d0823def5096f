package export_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/abitest"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

type (
	record = abitest.Record
	choice = abitest.Case
)

var none = choice{"none"}

func written(err error) any {
	at, out := new(abi.Frame).Reserve(abi.SizeResult)
	export.PutResult(out, err, func(*abi.Out) {})
	return abitest.Read(abitest.ResultOf("webhooks", "unsubscribe"), at)
}

func TestAFailureIsWrittenAsTheContractReadsIt(t *testing.T) {
	whole := mortise.Reject("no").WithStatus(422).WithCode("c").WithRecord(0).WithField("/f").WithBody([]byte("b"))
	for _, one := range []struct {
		err  error
		want record
	}{
		{mortise.Retry("later"), record{"disposition": choice{"retry", none}, "message": "later", "cause": none}},
		{mortise.RetryAfter(7, "later"), record{"disposition": choice{"retry", choice{"some", uint64(7)}}, "message": "later", "cause": none}},
		{mortise.Unclear("who knows"), record{"disposition": choice{"unclear"}, "message": "who knows", "cause": none}},
		{mortise.Reauthorize("a"), record{"disposition": choice{"reauthorize"}, "message": "a", "cause": none}},
		{mortise.Misconfigured("m"), record{"disposition": choice{"misconfigured"}, "message": "m", "cause": none}},
		{errors.New("plain"), record{"disposition": choice{"reject"}, "message": "plain", "cause": none}},
		{fmt.Errorf("wrapped: %w", mortise.Retry("inner")), record{"disposition": choice{"retry", none}, "message": "inner", "cause": none}},
		{whole, record{"disposition": choice{"reject"}, "message": "no", "cause": choice{"some", record{
			"status": choice{"some", uint64(422)}, "code": choice{"some", "c"}, "record": choice{"some", uint64(0)},
			"field": choice{"some", "/f"}, "body": choice{"some", "b"},
		}}}},
		{mortise.Reject("no").WithField("/f"), record{"disposition": choice{"reject"}, "message": "no", "cause": choice{"some", record{
			"status": none, "code": none, "record": none, "field": choice{"some", "/f"}, "body": none,
		}}}},
	} {
		if got := written(one.err); !reflect.DeepEqual(got, choice{"err", one.want}) {
			t.Errorf("%v: %+v", one.err, got)
		}
	}
	if got := written(nil); !reflect.DeepEqual(got, choice{"ok"}) {
		t.Errorf("%+v", got)
	}
}

func TestEventsAreWrittenAsTheContractReadsThem(t *testing.T) {
	at, out := new(abi.Frame).Reserve(8)
	events := []export.RawEvent{{ID: "1", Payload: "{}"}, {ID: "2", OccurredAt: "2026", OrderingKey: "k", Payload: "1"}}
	abi.PutList(out, events, abi.SizeEvent, export.PutEvent)
	first := abi.At(at).Uint32()
	got := []any{abitest.Read(abitest.Type("events", "event"), first), abitest.Read(abitest.Type("events", "event"), first+abi.SizeEvent)}
	want := []any{
		record{"id": "1", "occurred-at": none, "ordering-key": none, "payload": "{}"},
		record{"id": "2", "occurred-at": choice{"some", "2026"}, "ordering-key": choice{"some", "k"}, "payload": "1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}
