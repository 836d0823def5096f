//go:build wasip1

package check

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

//go:wasmexport mortise:plugin/check@0.1.0#check
func exportCheck() abi.Addr {
	defer guard.End()
	account, err := call()
	return export.Return(err, func(out *abi.Out) { putAccount(out, account) })
}

//go:wasmexport cabi_post_mortise:plugin/check@0.1.0#check
func forgetCheck(abi.Addr) { abi.Forget() }
