//go:build wasip1

package transforms

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

//go:wasmexport mortise:plugin/transform@0.1.0#apply
func exportApply(operation abi.Addr, operationLen uint32, config abi.Addr, configLen uint32,
	records abi.Addr, recordsLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	outcomes, err := call(abi.TextAt(operation, operationLen), abi.TextAt(config, configLen),
		abi.ListAt(records, recordsLen, abi.SizeText, (*abi.In).Text))
	arguments.Done()
	return export.Return(err, func(out *abi.Out) { abi.PutList(out, outcomes, abi.SizeOutcome, putOutcome) })
}

//go:wasmexport cabi_post_mortise:plugin/transform@0.1.0#apply
func forgetApply(abi.Addr) { abi.Forget() }
