//go:build wasip1

package webhooks

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

//go:wasmexport mortise:plugin/webhooks@0.1.0#receive
func exportReceive(operation abi.Addr, operationLen uint32, input abi.Addr, inputLen uint32,
	hasMemory uint32, memory abi.Addr, memoryLen uint32, method abi.Addr, methodLen uint32,
	path abi.Addr, pathLen uint32, headers abi.Addr, headersLen uint32, body abi.Addr, bodyLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	var reception RawReception
	webhook, err := find(abi.TextAt(operation, operationLen))
	if err == nil {
		reception, err = webhook.CallReceive(abi.TextAt(input, inputLen), optional(hasMemory, memory, memoryLen), Request{
			Method: abi.TextAt(method, methodLen), PathAndQuery: abi.TextAt(path, pathLen),
			Headers: abi.ListAt(headers, headersLen, abi.SizePair, takeHeader), Body: abi.BytesAt(body, bodyLen),
		})
	}
	arguments.Done()
	return export.Return(err, func(out *abi.Out) { putReception(out, reception) })
}

//go:wasmexport mortise:plugin/webhooks@0.1.0#subscribe
func exportSubscribe(operation abi.Addr, operationLen uint32, input abi.Addr, inputLen uint32,
	url abi.Addr, urlLen uint32, hasMemory uint32, memory abi.Addr, memoryLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	var subscription RawSubscription
	webhook, err := find(abi.TextAt(operation, operationLen))
	if err == nil {
		subscription, err = webhook.CallSubscribe(abi.TextAt(input, inputLen), abi.TextAt(url, urlLen),
			optional(hasMemory, memory, memoryLen))
	}
	arguments.Done()
	return export.Return(err, func(out *abi.Out) { putSubscription(out, subscription) })
}

//go:wasmexport mortise:plugin/webhooks@0.1.0#unsubscribe
func exportUnsubscribe(operation abi.Addr, operationLen uint32, input abi.Addr, inputLen uint32,
	memory abi.Addr, memoryLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	webhook, err := find(abi.TextAt(operation, operationLen))
	if err == nil {
		err = webhook.CallUnsubscribe(abi.TextAt(input, inputLen), abi.TextAt(memory, memoryLen))
	}
	arguments.Done()
	return export.Return(err, nil)
}

//go:wasmexport cabi_post_mortise:plugin/webhooks@0.1.0#receive
func forgetReceive(abi.Addr) { abi.Forget() }

//go:wasmexport cabi_post_mortise:plugin/webhooks@0.1.0#subscribe
func forgetSubscribe(abi.Addr) { abi.Forget() }

//go:wasmexport cabi_post_mortise:plugin/webhooks@0.1.0#unsubscribe
func forgetUnsubscribe(abi.Addr) { abi.Forget() }
