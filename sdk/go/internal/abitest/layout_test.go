package abitest

import (
	"testing"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
)

func TestTheSizesAreThoseOfTheContract(t *testing.T) {
	for _, one := range []struct {
		name string
		kind any
		size uint32
	}{
		{"string", "string", abi.SizeText},
		{"callback-url", ResultOf("context", "callback-url"), abi.SizeResultText},
		{"files.read", ResultOf("files", "read"), abi.SizeResultText},
		{"files.append", ResultOf("files", "append"), abi.SizeResultText},
		{"files.stat", ResultOf("files", "stat"), abi.SizeResultInfo},
		{"state.get", ResultOf("state", "get"), abi.SizeResultText},
		{"connection.sign", ResultOf("connection", "sign"), abi.SizeResultText},
		{"connection.verify", ResultOf("connection", "verify"), abi.SizeResultText},
		{"http.part", Type("http", "part"), abi.SizePart},
		{"http.send", ResultOf("http", "send"), abi.SizeResultResponse},
		{"failure", Type("types", "failure"), abi.SizeFailure},
		{"cause", Type("types", "cause"), abi.SizeCause},
		{"check.check", ResultOf("check", "check"), abi.SizeResult},
		{"actions.invoke", ResultOf("actions", "invoke"), abi.SizeResult},
		{"batch.invoke", ResultOf("batch", "invoke"), abi.SizeResult},
		{"polling.poll", ResultOf("polling", "poll"), abi.SizeResult},
		{"webhooks.receive", ResultOf("webhooks", "receive"), abi.SizeResult},
		{"webhooks.subscribe", ResultOf("webhooks", "subscribe"), abi.SizeResult},
		{"webhooks.unsubscribe", ResultOf("webhooks", "unsubscribe"), abi.SizeResult},
		{"explore.options", ResultOf("explore", "options"), abi.SizeResult},
		{"explore.schemas", ResultOf("explore", "schemas"), abi.SizeResult},
		{"transform.apply", ResultOf("transform", "apply"), abi.SizeResult},
		{"transform.outcome", Type("transform", "outcome"), abi.SizeOutcome},
		{"batch.item", Type("batch", "item"), abi.SizeItem},
		{"event", Type("events", "event"), abi.SizeEvent},
		{"webhooks.response", Type("webhooks", "response"), abi.SizeAnswer},
		{"explore.choice", Type("explore", "choice"), abi.SizeChoice},
		{"suspension", Type("actions", "suspension"), abi.SizeTurnResult},
	} {
		if size, _ := Layout(one.kind); size != one.size {
			t.Errorf("%s takes %d bytes, and not %d", one.name, size, one.size)
		}
	}
}
