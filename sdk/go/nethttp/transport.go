// Package nethttp lets net/http, and the libraries that use it, send through Mortise. A component has no
// sockets; importing this package puts [Anonymous] in the place of [http.DefaultTransport], so that
// [http.Get] works, within what the operator granted and without the connection's credential:
//
//	import _ "github.com/mortise-hub/mortise/sdk/go/nethttp"
//
// A client with [Transport] sends with the connection's credential:
//
//	client := &http.Client{Transport: nethttp.Transport{}}
//
// It is a package of its own because net/http more than doubles a component.
package nethttp

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	mortise "github.com/mortise-hub/mortise/sdk/go"
)

// Transport is an [http.RoundTripper]. Bodies are taken in whole, in both directions. Its errors are
// [mortise.Failure]s, so an operation may pass on what a client returns.
type Transport struct {
	// Auth says whose right requests go out with; the connection's, unless said otherwise.
	Auth mortise.Auth
}

// Anonymous sends without the connection's credential.
var Anonymous = Transport{Auth: mortise.AuthNone}

// hostHeaders are those that the host sets itself, and refuses from others.
var hostHeaders = map[string]bool{"Host": true, "Content-Length": true, "Connection": true, "Transfer-Encoding": true}

// RoundTrip sends one request.
func (t Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	sent, err := t.translate(request)
	if err != nil {
		return nil, err
	}
	answer, err := sent.Send()
	if err != nil {
		return nil, err
	}
	body := answer.Bytes()
	response := &http.Response{
		Status: fmt.Sprintf("%d %s", answer.Status, http.StatusText(answer.Status)), StatusCode: answer.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: request,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	for _, header := range answer.Headers {
		response.Header.Add(header.Name, header.Value)
	}
	return response, nil
}

func (t Transport) translate(request *http.Request) (*mortise.Request, error) {
	sent := mortise.NewRequest(request.Method, request.URL.String())
	if sent.Method == "" {
		sent.Method = http.MethodGet
	}
	sent.Auth = t.Auth
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		for _, value := range request.Header[name] {
			if !hostHeaders[name] {
				sent.Header(strings.ToLower(name), value)
			}
		}
	}
	if deadline, ok := request.Context().Deadline(); ok {
		sent.Timeout(time.Until(deadline))
	}
	if request.Body == nil {
		return sent, nil
	}
	defer request.Body.Close()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		sent.WithBody(mortise.Bytes(body))
	}
	return sent, nil
}
