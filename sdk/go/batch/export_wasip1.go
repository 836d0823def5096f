//go:build wasip1

package batch

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

//go:wasmexport mortise:plugin/batch@0.1.0#invoke
func exportInvoke(operation abi.Addr, operationLen uint32, items abi.Addr, itemsLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	results, err := call(abi.TextAt(operation, operationLen),
		abi.ListAt(items, itemsLen, abi.SizeItem, takeItem))
	arguments.Done()
	return export.Return(err, func(out *abi.Out) { abi.PutList(out, results, abi.SizeOutcome, putResult) })
}

//go:wasmexport cabi_post_mortise:plugin/batch@0.1.0#invoke
func forgetInvoke(abi.Addr) { abi.Forget() }
