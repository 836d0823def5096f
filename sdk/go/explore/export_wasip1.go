//go:build wasip1

package explore

import (
	"encoding/json"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
	"github.com/mortise-hub/mortise/sdk/go/internal/guard"
)

//go:wasmexport mortise:plugin/explore@0.1.0#options
func exportOptions(operation abi.Addr, operationLen uint32, field abi.Addr, fieldLen uint32,
	input abi.Addr, inputLen uint32, hasQuery uint32, query abi.Addr, queryLen uint32,
	hasPage uint32, page abi.Addr, pageLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	question := Question{
		Operation: abi.TextAt(operation, operationLen), Field: abi.TextAt(field, fieldLen),
		Input: json.RawMessage(abi.TextAt(input, inputLen)),
	}
	question.Query, _ = abi.OptionalTextOf(hasQuery, query, queryLen)
	if token, ok := abi.OptionalTextOf(hasPage, page, pageLen); ok {
		question.Page = json.RawMessage(token)
	}
	choices, err := registered.CallOptions(question)
	arguments.Done()
	return export.Return(err, func(out *abi.Out) { putChoices(out, choices) })
}

//go:wasmexport mortise:plugin/explore@0.1.0#schemas
func exportSchemas(operation abi.Addr, operationLen uint32, input abi.Addr, inputLen uint32) abi.Addr {
	defer guard.End()
	arguments := abi.TakeArguments()
	in, out, err := registered.CallSchemas(abi.TextAt(operation, operationLen), abi.TextAt(input, inputLen))
	arguments.Done()
	return export.Return(err, func(o *abi.Out) {
		o.Text(in)
		o.Text(out)
	})
}

//go:wasmexport cabi_post_mortise:plugin/explore@0.1.0#options
func forgetOptions(abi.Addr) { abi.Forget() }

//go:wasmexport cabi_post_mortise:plugin/explore@0.1.0#schemas
func forgetSchemas(abi.Addr) { abi.Forget() }
