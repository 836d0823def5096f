//go:build wasip1

package export

import "github.com/mortise-hub/mortise/sdk/go/internal/abi"

// Return writes a `result<T, failure>`, keeps it until the host has read it, and gives its address.
func Return(err error, write func(*abi.Out)) abi.Addr {
	frame := new(abi.Frame)
	at, out := frame.Reserve(abi.SizeResult)
	PutResult(out, err, write)
	frame.Return()
	return at
}
