package main

import (
	"reflect"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
)

func TestAFileGoesIntoOnePart(t *testing.T) {
	host := fake.Install(t, fake.Host{
		Settings: settings,
		Files:    map[string]*fake.File{"file-1": {Name: "scan.pdf", ContentType: "application/pdf", Bytes: []byte("hello")}},
		Answers:  []fake.Answer{fake.JSON(201, `{"id":"f-1","size_bytes":5}`)},
	})
	made, err := fake.Invoke(uploadFile, map[string]any{"ticket-id": "t/1", "file": map[string]any{"$file": "file-1"}})
	if err != nil || made != (Uploaded{"f-1", 5}) {
		t.Fatalf("%+v, %v", made, err)
	}
	request := host.Requests[0]
	want := mortise.Multipart{{Name: "file", FileName: "scan.pdf", ContentType: "application/pdf", Body: mortise.FileBody("file-1")}}
	if request.URL != "https://desk.test/tickets/t%2F1/files" || !reflect.DeepEqual(request.Body, want) {
		t.Errorf("%+v", request)
	}
	if fake.Header(request, "idempotency-key") != "test-key" {
		t.Error("the key is missing")
	}
}

func TestAFileThatIsNotThereIsRejected(t *testing.T) {
	fake.Install(t, fake.Host{Settings: settings})
	_, err := fake.Invoke(uploadFile, map[string]any{"ticket-id": "t-1", "file": map[string]any{"$file": "gone"}})
	if failure := failureOf(t, err); failure.Disposition != mortise.DispositionReject {
		t.Errorf("%+v", failure)
	}
}
