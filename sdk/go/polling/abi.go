package polling

import (
	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// putNews writes a `news`.
func putNews(out *abi.Out, news RawNews) {
	abi.PutList(out, news.Events, abi.SizeEvent, export.PutEvent)
	out.Text(news.Cursor)
	out.Bool(news.More)
}
