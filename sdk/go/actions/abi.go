package actions

import (
	"encoding/json"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// turnOf makes a turn of what is passed flat: the case, then a text, then an option<text>.
func turnOf(kind uint32, token abi.Addr, tokenLen, hasCallback uint32, callback abi.Addr, callbackLen uint32) Turn {
	turn := Turn{Kind: TurnKind(kind)}
	if turn.Kind != Start {
		turn.Token = json.RawMessage(abi.TextAt(token, tokenLen))
	}
	if turn.Kind == Resumed {
		if text, ok := abi.OptionalTextOf(hasCallback, callback, callbackLen); ok {
			turn.Callback = json.RawMessage(text)
		}
	}
	return turn
}

// putResult writes an `outcome`.
func putResult(out *abi.Out, result Result) {
	switch {
	case result.Page != nil:
		out.Variant(1, abi.SizeTurnResult, 8, func(out *abi.Out) {
			abi.PutList(out, result.Page.Records, abi.SizeText, export.PutText)
			export.PutOptionalText(out, result.Page.Next)
		})
	case result.Suspension != nil:
		out.Variant(2, abi.SizeTurnResult, 8, func(out *abi.Out) {
			out.Text(result.Suspension.Token)
			out.OptionalUint64(result.Suspension.PollAfterMs, !result.Suspension.Callback)
			out.Bool(result.Suspension.Callback)
		})
	default:
		out.Variant(0, abi.SizeTurnResult, 8, func(out *abi.Out) { out.Text(result.Done) })
	}
}
