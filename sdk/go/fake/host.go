//go:build !wasip1

// Package fake is a host for tests: what a plugin asks of it is answered from a script and written down.
//
//	host := fake.Install(t, fake.Host{Answers: []fake.Answer{fake.JSON(200, `{"ok":true}`)}})
//	response, err := mortise.Get("https://api.example.com/me").Send()
//	// … host.Requests[0].URL is "https://api.example.com/me"
//
// There is one host at a time, so tests that install one cannot run in parallel.
package fake

import (
	"fmt"
	"strings"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/seam"
)

// Host is what the test says, and what the plugin did. What is zero has a usual value: no connection, no
// answers, the first attempt with the key `test-key` and 30 s left.
type Host struct {
	// Answers are given one after the other; a request beyond them is not sent.
	Answers []Answer
	// Settings are the connection's: a JSON text. Empty is no connection.
	Settings string
	// Attempt counts from 1.
	Attempt int
	// IdempotencyKey is the call's key.
	IdempotencyKey string
	// RemainingMs is what is left of the call.
	RemainingMs uint64
	// Cancelled says that somebody asked the call to end.
	Cancelled bool
	// CallbackURL is where the application can call back.
	CallbackURL string
	// Files are those of the run, by id.
	Files map[string]*File
	// State is what a stateful operation kept.
	State map[string][]byte

	// Requests are those that the plugin sent.
	Requests []mortise.Request
	// Log is what it logged.
	Log []LogLine
}

// File is a file of the run.
type File struct {
	Name, ContentType string
	Bytes             []byte
}

// LogLine is one line that the plugin logged.
type LogLine struct {
	Level   mortise.Level
	Message string
	Fields  []mortise.Header
}

// Answer is what one request gets.
type Answer struct {
	Response mortise.Response
	// Err is no answer.
	Err *mortise.HTTPError
}

// JSON is an answer with a JSON body.
func JSON(status int, body string) Answer {
	return New(status, body, mortise.Header{Name: "content-type", Value: "application/json"})
}

// New is any answer.
func New(status int, body string, headers ...mortise.Header) Answer {
	return Answer{Response: mortise.Response{Status: status, Headers: headers, Body: mortise.Bytes(body)}}
}

// NoAnswer is an error in the place of an answer.
func NoAnswer(kind mortise.HTTPErrorKind, text string) Answer {
	return Answer{Err: &mortise.HTTPError{Kind: kind, Text: text}}
}

// Install puts a host in place until the test ends.
func Install(t testing.TB, host Host) *Host {
	t.Helper()
	if host.Attempt == 0 {
		host.Attempt = 1
	}
	if host.IdempotencyKey == "" {
		host.IdempotencyKey = "test-key"
	}
	if host.RemainingMs == 0 {
		host.RemainingMs = 30_000
	}
	if host.Files == nil {
		host.Files = map[string]*File{}
	}
	if host.State == nil {
		host.State = map[string][]byte{}
	}
	if !seam.Install(imports{&host}) {
		t.Fatal("there is a fake host already: tests with one cannot run in parallel")
	}
	t.Cleanup(seam.Remove)
	return &host
}

// Header is the first header of a request, or an empty text.
func Header(request mortise.Request, name string) string {
	for _, header := range request.Headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// Body is the body of a request as text; what is no text is described.
func Body(request mortise.Request) string {
	switch body := request.Body.(type) {
	case nil:
		return ""
	case mortise.Bytes:
		return string(body)
	default:
		return fmt.Sprintf("%+v", body)
	}
}
