package nethttp_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
	"github.com/mortise-hub/mortise/sdk/go/nethttp"
)

func TestAClientSendsThroughTheHost(t *testing.T) {
	answer := fake.New(201, "made", mortise.Header{Name: "x-id", Value: "7"})
	host := fake.Install(t, fake.Host{Answers: []fake.Answer{answer}})
	client := http.Client{Transport: nethttp.Transport{}, Timeout: time.Minute}
	response, err := client.Post("https://x/a?b=c", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != 201 || string(body) != "made" || response.Header.Get("X-Id") != "7" {
		t.Errorf("%+v, %s", response, body)
	}
	sent := host.Requests[0]
	if sent.Method != "POST" || sent.URL != "https://x/a?b=c" || fake.Body(sent) != "hello" || sent.Auth != mortise.AuthConnection {
		t.Errorf("%+v", sent)
	}
	if fake.Header(sent, "content-type") != "text/plain" || sent.TimeoutMs == 0 || sent.TimeoutMs > 60_000 {
		t.Errorf("%+v", sent)
	}
}

func TestWhatTheHostRefusesIsAFailure(t *testing.T) {
	host := fake.Install(t, fake.Host{Answers: []fake.Answer{fake.NoAnswer(mortise.HTTPDenied, "add it")}})
	_, err := (&http.Client{Transport: nethttp.Anonymous}).Get("https://x")
	var failure *mortise.Failure
	if !errors.As(err, &failure) || failure.Disposition != mortise.DispositionMisconfigured || failure.Message != "add it" {
		t.Errorf("%v", err)
	}
	if host.Requests[0].Auth != mortise.AuthNone {
		t.Errorf("%+v", host.Requests[0])
	}
}
