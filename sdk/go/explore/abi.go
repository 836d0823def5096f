package explore

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// putChoices writes a `choices`.
func putChoices(out *abi.Out, choices RawChoices) {
	abi.PutList(out, choices.Choices, abi.SizeChoice, export.PutPair)
	export.PutOptionalText(out, choices.Next)
}
