package batch

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

func takeItem(in *abi.In) RawItem { return RawItem{in.Text(), in.Text()} }

// putResult writes a `result<json, failure>`.
func putResult(out *abi.Out, result RawResult) {
	export.PutResult(out, result.Err, func(out *abi.Out) { out.Text(result.Output) })
}
