package webhooks

import (
	"encoding/json"
	"net/url"
	"strings"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Request is what the application sent.
type Request struct {
	Method, PathAndQuery string
	Headers              []mortise.Header
	Body                 []byte
}

// Header is the first header of a name, or an empty text.
func (r Request) Header(name string) string {
	for _, header := range r.Headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// Query is the first parameter of a name in the query, decoded, or an empty text.
func (r Request) Query(name string) string {
	_, query, _ := strings.Cut(r.PathAndQuery, "?")
	values, _ := url.ParseQuery(query)
	return values.Get(name)
}

// ReadJSON reads the body. What does not fit the type is rejected with the field's JSON Pointer.
func ReadJSON[T any](request Request) (T, error) {
	return export.Read[T](string(request.Body), "webhook's body")
}

// Response is what the application is answered, by a webhook that Answers.
type Response struct {
	Status  int
	Headers []mortise.Header
	Body    []byte
}

// TextResponse is plain text.
func TextResponse(status int, text string) *Response {
	return &Response{status, []mortise.Header{{Name: "content-type", Value: "text/plain; charset=utf-8"}}, []byte(text)}
}

// JSONResponse is a value as JSON.
func JSONResponse(status int, value any) (*Response, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, mortise.Reject("the answer cannot be written as JSON: " + err.Error())
	}
	return &Response{status, []mortise.Header{{Name: "content-type", Value: "application/json"}}, text}, nil
}
