package transforms

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// putOutcome writes an `outcome`.
func putOutcome(out *abi.Out, outcome Outcome) {
	export.PutResult(out, outcome.Err, func(out *abi.Out) {
		abi.PutList(out, outcome.Records, abi.SizeText, export.PutText)
	})
}
