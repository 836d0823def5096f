package check

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// putAccount writes an `account`.
func putAccount(out *abi.Out, account RawAccount) {
	out.Text(account.ID)
	out.Text(account.Label)
	abi.PutList(out, account.Scopes, abi.SizeText, export.PutText)
	out.Text(account.Settings)
}
