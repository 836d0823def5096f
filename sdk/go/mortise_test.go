package mortise_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
)

func TestAStatusIsADecision(t *testing.T) {
	for status, want := range map[int]string{
		301: "reject", 400: "reject", 401: "reauthorize", 403: "reauthorize", 404: "reject", 408: "retry",
		409: "reject", 422: "reject", 429: "retry", 500: "retry", 503: "retry", 600: "reject", 199: "reject",
	} {
		response := mortise.Response{Status: status, Body: mortise.Bytes("why")}
		failure := mortise.AsFailure(response.OK())
		if failure.Disposition.String() != want || failure.Cause.Status != status || failure.Cause.Body != "why" {
			t.Errorf("%d: %+v", status, failure)
		}
	}
	for _, status := range []int{200, 204, 299} {
		if err := (&mortise.Response{Status: status}).OK(); err != nil {
			t.Error(err)
		}
	}
}

func TestRetryAfterIsSecondsOrADateSeenFromTheAnswers(t *testing.T) {
	for value, want := range map[string]uint64{
		"7": 7000, " 7 ": 7000, "-7": 0, "soon": 0, "Sun, 06 Nov 1994 08:49:39 GMT": 2000, "Sun, 06 Nov 1994 08:00:00 GMT": 0,
	} {
		response := mortise.Response{Status: 429, Headers: []mortise.Header{
			{Name: "Retry-After", Value: value}, {Name: "date", Value: "Sun, 06 Nov 1994 08:49:37 GMT"},
		}}
		if failure := response.Failure(); failure.WaitMs != want {
			t.Errorf("%q: %d", value, failure.WaitMs)
		}
	}
}

func TestARequestIsWhatWasSaid(t *testing.T) {
	host := fake.Install(t, fake.Host{Answers: []fake.Answer{fake.JSON(200, "{}")}, IdempotencyKey: "k"})
	request := mortise.Patch("https://x/a?b=c#d").Query("e f", "ä&").Idempotent().Timeout(1500 * time.Millisecond)
	if _, err := request.JSON(map[string]int{"n": 1}).Anonymous().SaveAsFile().Send(); err != nil {
		t.Fatal(err)
	}
	want := mortise.Request{
		Method: "PATCH", URL: "https://x/a?b=c&e%20f=%C3%A4%26#d", Auth: mortise.AuthNone, KeepAsFile: true, TimeoutMs: 1500,
		Headers: []mortise.Header{{Name: "idempotency-key", Value: "k"}, {Name: "content-type", Value: "application/json"}},
		Body:    mortise.Bytes(`{"n":1}`),
	}
	if !reflect.DeepEqual(host.Requests, []mortise.Request{want}) {
		t.Errorf("%+v", host.Requests)
	}
}

func TestABodyWithoutJSONIsRejectedAndNotSent(t *testing.T) {
	host := fake.Install(t, fake.Host{})
	_, err := mortise.Post("https://x").JSON(func() {}).Send()
	if mortise.AsFailure(err).Disposition != mortise.DispositionReject || len(host.Requests) != 0 {
		t.Errorf("%v, %+v", err, host.Requests)
	}
}

func TestAnAnswerThatDoesNotFitIsUnclear(t *testing.T) {
	response := mortise.Response{Status: 200, Body: mortise.Bytes(`{"id":7}`)}
	var into struct {
		ID string `json:"id"`
	}
	failure := mortise.AsFailure(response.JSON(&into))
	if failure.Disposition != mortise.DispositionUnclear || failure.Cause.Status != 200 ||
		failure.Message != "the answer is not the JSON that was expected: `/id` is a whole number, and not a text" {
		t.Errorf("%+v", failure)
	}
}

func TestTheStartOfABodyEndsAtACharacter(t *testing.T) {
	whole := strings.Repeat("a", mortise.BodyStartBytes)
	for body, want := range map[string]string{
		whole: whole, whole + "b": whole, whole[1:] + "ä": whole[1:], "\xff": "\uFFFD", "ä": "ä",
	} {
		if got := mortise.Reject("no").WithBody([]byte(body)).Cause.Body; got != want {
			t.Errorf("%d bytes became %d", len(body), len(got))
		}
	}
}

func TestAnErrorThatIsNoFailureIsRejected(t *testing.T) {
	inner := mortise.Retry("later")
	if mortise.AsFailure(fmt.Errorf("outer: %w", inner)) != inner {
		t.Error("the failure inside was not found")
	}
	if got := mortise.AsFailure(errors.New("odd")); got.Disposition != mortise.DispositionReject || got.Message != "odd" {
		t.Errorf("%+v", got)
	}
}

func TestTheHostAnswersAsTheTestSays(t *testing.T) {
	host := fake.Install(t, fake.Host{Attempt: 3, RemainingMs: 5, Cancelled: true, CallbackURL: "https://c", Settings: `{"a":"b"}`})
	var settings struct {
		A string `json:"a"`
	}
	if err := mortise.Settings(&settings); err != nil || settings.A != "b" {
		t.Error(err, settings)
	}
	url, err := mortise.CallbackURL()
	if url != "https://c" || err != nil || mortise.Attempt() != 3 || mortise.RemainingMs() != 5 || !mortise.Cancelled() {
		t.Error(url, err)
	}
	mortise.SetState("k", []byte("v"))
	if value, ok := mortise.GetState("k"); string(value) != "v" || !ok {
		t.Errorf("%s", value)
	}
	mortise.DeleteState("k")
	if _, ok := mortise.GetState("k"); ok {
		t.Error("it is still there")
	}
	signature, _ := mortise.Sign("s", mortise.HMACSHA256, []byte("x"))
	if fits, err := mortise.Verify("s", mortise.HMACSHA256, []byte("x"), signature); !fits || err != nil {
		t.Error(fits, err)
	}
	mortise.Warn("careful", "name", "value")
	if line := host.Log[0]; line.Message != "careful" || line.Fields[0] != (mortise.Header{Name: "name", Value: "value"}) {
		t.Errorf("%+v", line)
	}
}

func TestFilesAreMadeAndRead(t *testing.T) {
	fake.Install(t, fake.Host{})
	file, err := mortise.CreateFile("a.txt", "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []string{"hello ", "world"} {
		if err := file.Append([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	info, _ := file.Stat()
	piece, _ := file.Read(6, 99)
	if info != (mortise.FileInfo{Size: 11, ContentType: "text/plain", Name: "a.txt"}) || string(piece) != "world" {
		t.Errorf("%+v, %s", info, piece)
	}
	if _, err := (mortise.File{ID: "gone"}).Stat(); mortise.AsFailure(err).Disposition != mortise.DispositionReject {
		t.Error(err)
	}
}
