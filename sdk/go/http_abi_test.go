package mortise

import (
	"reflect"
	"testing"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
	"github.com/mortise-hub/mortise/sdk/go/internal/abitest"
)

type (
	record = abitest.Record
	choice = abitest.Case
)

func TestAnAnswerIsReadAsTheContractWritesIt(t *testing.T) {
	kind := abitest.ResultOf("http", "send")
	headers := []any{record{"0": "a", "1": "b"}, record{"0": "c", "1": ""}}
	for _, one := range []struct {
		body any
		want Body
	}{
		{choice{"empty"}, nil},
		{choice{"bytes", "hello"}, Bytes("hello")},
		{choice{"file", "file-1"}, FileBody("file-1")},
	} {
		at := abitest.Write(kind, choice{"ok", record{"status": uint64(201), "headers": headers, "body": one.body}})
		response, failed := takeAnswer(abi.At(at))
		want := &Response{Status: 201, Headers: []Header{{"a", "b"}, {"c", ""}}, Body: one.want}
		if failed != nil || !reflect.DeepEqual(response, want) {
			t.Errorf("%+v, %v", response, failed)
		}
	}
}

func TestEveryErrorIsReadAsTheContractWritesIt(t *testing.T) {
	kind := abitest.ResultOf("http", "send")
	for _, one := range []struct {
		failed      choice
		disposition Disposition
		waitMs      uint64
		message     string
	}{
		{choice{"denied", "no"}, DispositionMisconfigured, 0, "no"},
		{choice{"not-sent", "no route"}, DispositionRetry, 0, "the request was not sent: no route"},
		{choice{"unanswered", "reset"}, DispositionUnclear, 0, "no answer came: reset"},
		{choice{"limited", uint64(1500)}, DispositionRetry, 1500, "the connection's rate is used up"},
		{choice{"too-large", uint64(9)}, DispositionReject, 0, "the answer is larger than 9 bytes"},
		{choice{"unauthorized", "log in"}, DispositionReauthorize, 0, "log in"},
		{choice{"other", "odd"}, DispositionReject, 0, "odd"},
	} {
		_, failed := takeAnswer(abi.At(abitest.Write(kind, choice{"err", one.failed})))
		failure := failed.Failure()
		if failure.Disposition != one.disposition || failure.WaitMs != one.waitMs || failure.Message != one.message {
			t.Errorf("%s: %+v", one.failed[0], failure)
		}
	}
}

func TestAMultipartBodyIsWrittenAsTheContractReadsIt(t *testing.T) {
	tag, at, count := placeBody(new(abi.Frame), Multipart{
		{Name: "file", FileName: "a.txt", ContentType: "text/plain", Body: FileBody("file-1")},
		{Name: "note", Body: Bytes("hello")},
		{Name: "empty"},
	})
	if tag != bodyMultipart || count != 3 {
		t.Fatal(tag, count)
	}
	none := choice{"none"}
	want := []any{
		record{"name": "file", "file-name": choice{"some", "a.txt"}, "content-type": choice{"some", "text/plain"}, "body": choice{"file", "file-1"}},
		record{"name": "note", "file-name": none, "content-type": none, "body": choice{"bytes", "hello"}},
		record{"name": "empty", "file-name": none, "content-type": none, "body": choice{"bytes", ""}},
	}
	for i, part := range want {
		got := abitest.Read(abitest.Type("http", "part"), at+uint32(i)*abi.SizePart)
		if !reflect.DeepEqual(got, part) {
			t.Errorf("%+v", got)
		}
	}
}
