//go:build wasip1

package polling

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

//go:wasmexport mortise:plugin/polling@0.1.0#poll
func exportPoll(operation abi.Addr, operationLen uint32, input abi.Addr, inputLen uint32,
	hasCursor uint32, cursor abi.Addr, cursorLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	from, isThere := abi.OptionalTextOf(hasCursor, cursor, cursorLen)
	news, err := call(abi.TextAt(operation, operationLen), abi.TextAt(input, inputLen), from, isThere)
	arguments.Done()
	return export.Return(err, func(out *abi.Out) { putNews(out, news) })
}

//go:wasmexport cabi_post_mortise:plugin/polling@0.1.0#poll
func forgetPoll(abi.Addr) { abi.Forget() }
