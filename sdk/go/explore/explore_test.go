package explore

import (
	"encoding/json"
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

var colours = Explore{
	Options: func(question Question) (Choices, error) {
		if question.Page != nil {
			return Choices{}, nil
		}
		return Choices{[]Choice{{1, "red"}, {"2", "green"}}, map[string]int{"page": 2}}, nil
	},
	Schemas: func(operation string, _ json.RawMessage) (in, out mortise.Schema, err error) {
		return mortise.Schema{"title": operation}, mortise.Schema{}, nil
	},
}

func TestChoicesAreWrittenAsTheContractReadsThem(t *testing.T) {
	choices := []any{record{"value": "1", "label": "red"}, record{"value": `"2"`, "label": "green"}}
	for page, want := range map[string]record{
		"":  {"choices": choices, "next": choice{"some", `{"page":2}`}},
		"1": {"choices": []any{}, "next": none},
	} {
		question := Question{}
		if page != "" {
			question.Page = json.RawMessage(page)
		}
		found, err := colours.CallOptions(question)
		if err != nil {
			t.Fatal(err)
		}
		at, out := new(abi.Frame).Reserve(20)
		putChoices(out, found)
		if got := abitest.Read(abitest.Type("explore", "choices"), at); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v", got)
		}
	}
}

func TestSchemasAreJSON(t *testing.T) {
	if in, out, err := colours.CallSchemas("paint", "{}"); in != `{"title":"paint"}` || out != "{}" || err != nil {
		t.Error(in, out, err)
	}
	if _, _, err := (Explore{}).CallSchemas("paint", "{}"); mortise.AsFailure(err).Disposition != mortise.DispositionMisconfigured {
		t.Error(err)
	}
}
