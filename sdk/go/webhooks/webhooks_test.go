package webhooks

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

type payment struct {
	ID    string `json:"id"`
	Cents uint64 `json:"cents"`
}

var paid = Webhook[struct{}, string, payment]{
	Name: "paid",
	Receive: func(_ struct{}, memory *string, request Request) (Reception[string, payment], error) {
		if challenge := request.Query("challenge"); challenge != "" {
			return Reception[string, payment]{Answer: TextResponse(200, challenge), Memory: memory}, nil
		}
		told, err := ReadJSON[payment](request)
		return Reception[string, payment]{Events: []mortise.Event[payment]{{ID: told.ID, Payload: told}}}, err
	},
	Subscribe: func(_ struct{}, url string, _ *string) (Subscription[string], error) {
		return Subscription[string]{"h1 " + url, []mortise.Header{{Name: "signing-secret", Value: "s"}}, 1000}, nil
	},
	Unsubscribe: func(_ struct{}, memory string) error { return mortise.Retry(memory) },
}

func read(t *testing.T, kind string, size uint32, write func(out *abi.Out)) any {
	t.Helper()
	at, out := new(abi.Frame).Reserve(size)
	write(out)
	return abitest.Read(abitest.Type("webhooks", kind), at)
}

func TestReceptionsAreWrittenAsTheContractReadsThem(t *testing.T) {
	memory := `"h1"`
	event := record{"id": "p1", "occurred-at": none, "ordering-key": none, "payload": `{"id":"p1","cents":250}`}
	header := record{"0": "content-type", "1": "text/plain; charset=utf-8"}
	answer := record{"status": uint64(200), "headers": []any{header}, "body": "a b"}
	for path, want := range map[string]record{
		"/paid":                 {"events": []any{event}, "answer": none, "memory": none},
		"/paid?challenge=a%20b": {"events": []any{}, "answer": choice{"some", answer}, "memory": choice{"some", `"h1"`}},
	} {
		reception, err := paid.CallReceive("{}", &memory, Request{PathAndQuery: path, Body: []byte(`{"id":"p1","cents":250}`)})
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, "reception", 44, func(out *abi.Out) { putReception(out, reception) }); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestSubscriptionsAreWrittenAsTheContractReadsThem(t *testing.T) {
	subscription, err := paid.CallSubscribe("{}", "https://x", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, "subscription", 32, func(out *abi.Out) { putSubscription(out, subscription) })
	want := record{"memory": `"h1 https://x"`, "secrets": []any{record{"0": "signing-secret", "1": "s"}}, "renew-after-ms": choice{"some", uint64(1000)}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if err := paid.CallUnsubscribe("{}", `"h1"`); err == nil || err.Error() != "h1" {
		t.Error(err)
	}
}

func TestWhatCannotSubscribeSaysSo(t *testing.T) {
	silent := Webhook[struct{}, struct{}, payment]{Name: "silent"}
	_, err := silent.CallSubscribe("{}", "", nil)
	for _, err := range []error{err, silent.CallUnsubscribe("{}", "{}")} {
		if err.Error() != "`silent` cannot register its webhook" {
			t.Error(err)
		}
	}
	if _, err := find("nothing"); err.Error() != "this plugin has no webhook called `nothing`" {
		t.Error(err)
	}
}
