package webhooks

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

func takeHeader(in *abi.In) mortise.Header { return mortise.Header{Name: in.Text(), Value: in.Text()} }

// putReception writes a `reception`.
func putReception(out *abi.Out, reception RawReception) {
	abi.PutList(out, reception.Events, abi.SizeEvent, export.PutEvent)
	out.Variant(abi.Bit(reception.Answer != nil), abi.SizeAnswer, 4, func(out *abi.Out) {
		if answer := reception.Answer; answer != nil {
			out.Uint16(uint16(answer.Status))
			abi.PutList(out, answer.Headers, abi.SizePair, export.PutPair)
			out.Bytes(answer.Body)
		}
	})
	export.PutOptionalText(out, reception.Memory)
}

// putSubscription writes a `subscription`.
func putSubscription(out *abi.Out, subscription RawSubscription) {
	out.Text(subscription.Memory)
	abi.PutList(out, subscription.Secrets, abi.SizePair, export.PutPair)
	out.OptionalUint64(subscription.RenewAfterMs, subscription.RenewAfterMs > 0)
}

// optional is an option<string> that was passed flat.
func optional(isSome uint32, at abi.Addr, count uint32) *string {
	if text, ok := abi.OptionalTextOf(isSome, at, count); ok {
		return &text
	}
	return nil
}
