//go:build wasip1

package actions

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

//go:wasmexport mortise:plugin/actions@0.1.0#invoke
func exportInvoke(operation abi.Addr, operationLen uint32, input abi.Addr, inputLen uint32, turn uint32,
	token abi.Addr, tokenLen, hasCallback uint32, callback abi.Addr, callbackLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	result, err := call(abi.TextAt(operation, operationLen), abi.TextAt(input, inputLen),
		turnOf(turn, token, tokenLen, hasCallback, callback, callbackLen))
	arguments.Done()
	return export.Return(err, func(out *abi.Out) { putResult(out, result) })
}

//go:wasmexport cabi_post_mortise:plugin/actions@0.1.0#invoke
func forgetInvoke(abi.Addr) { abi.Forget() }
