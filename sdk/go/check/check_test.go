package check

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

func TestAnAccountIsWrittenAsTheContractReadsIt(t *testing.T) {
	account, err := Check(func() (Account, error) {
		return Account{ID: "1", Label: "Acme", Scopes: []string{"read"}, Settings: map[string]int{"a": 1}}, nil
	}).Call()
	if err != nil {
		t.Fatal(err)
	}
	at, out := new(abi.Frame).Reserve(32)
	putAccount(out, account)
	want := record{"id": "1", "label": "Acme", "scopes": []any{"read"}, "settings": `{"a":1}`}
	if got := abitest.Read(abitest.Type("check", "account"), at); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestWithoutACheckThePluginIsMisconfigured(t *testing.T) {
	if _, err := call(); mortise.AsFailure(err).Disposition != mortise.DispositionMisconfigured {
		t.Errorf("%v", err)
	}
}
