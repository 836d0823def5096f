//go:build wasip1

package mortise

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

func init() { guard.Log = func(line string) { Log(LevelError, line) } }

//go:wasmexport mortise:plugin/describe@0.1.0#describe
func exportDescribe() abi.Addr {
	defer guard.End()
	frame := abi.TakeArguments()
	result, out := frame.Reserve(abi.SizeText)
	out.Text(describeText())
	frame.Return()
	return result
}

//go:wasmexport cabi_post_mortise:plugin/describe@0.1.0#describe
func forgetDescribe(abi.Addr) { abi.Forget() }
