package mortise

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mortise-hub/mortise/sdk/go/internal/schema"
)

// Request is a request to a host that the operator granted. The host adds the connection's credential
// unless told otherwise. Its methods change it and give it back, so that they can be chained.
type Request struct {
	Method, URL string
	Headers     []Header
	Body        Body
	Auth        Auth
	// KeepAsFile keeps the answer's body as a file instead of handing it over.
	KeepAsFile bool
	// TimeoutMs gives up after so long; zero is the host's own limit.
	TimeoutMs uint32

	err error
}

// NewRequest makes a request with any method, in capitals.
func NewRequest(method, url string) *Request { return &Request{Method: method, URL: url} }

// Get reads.
func Get(url string) *Request { return NewRequest("GET", url) }

// Post creates or does.
func Post(url string) *Request { return NewRequest("POST", url) }

// Put replaces.
func Put(url string) *Request { return NewRequest("PUT", url) }

// Patch changes.
func Patch(url string) *Request { return NewRequest("PATCH", url) }

// Delete deletes.
func Delete(url string) *Request { return NewRequest("DELETE", url) }

// Header adds a header; `authorization`, `cookie` and `host` are the host's.
func (r *Request) Header(name, value string) *Request {
	r.Headers = append(r.Headers, Header{name, value})
	return r
}

// Query adds a query parameter, percent-encoded.
func (r *Request) Query(name, value string) *Request {
	url, fragment, hasFragment := strings.Cut(r.URL, "#")
	separator := "?"
	if at := strings.IndexByte(url, '?'); at >= 0 {
		separator = "&"
		if at+1 == len(url) || strings.HasSuffix(url, "&") {
			separator = ""
		}
	}
	r.URL = url + separator + Encode(name) + "=" + Encode(value)
	if hasFragment {
		r.URL += "#" + fragment
	}
	return r
}

// Idempotent passes the call's key on, so that the application carries a repeated request out once.
func (r *Request) Idempotent() *Request { return r.Header("idempotency-key", IdempotencyKey()) }

// JSON makes a body of a value, with its content type. A value that has no JSON fails at [Request.Send].
func (r *Request) JSON(value any) *Request {
	text, err := json.Marshal(value)
	if err != nil {
		r.err = Reject("the body cannot be written as JSON: " + err.Error())
		return r
	}
	return r.Header("content-type", "application/json").WithBody(Bytes(text))
}

// WithBody takes any body; its content type is a header.
func (r *Request) WithBody(body Body) *Request {
	r.Body = body
	return r
}

// Anonymous sends without the connection's credential, to an address that carries its own right.
func (r *Request) Anonymous() *Request {
	r.Auth = AuthNone
	return r
}

// SaveAsFile keeps the answer's body as a file of the run.
func (r *Request) SaveAsFile() *Request {
	r.KeepAsFile = true
	return r
}

// Timeout gives up after so long.
func (r *Request) Timeout(after time.Duration) *Request {
	r.TimeoutMs = uint32(max(1, after.Milliseconds()))
	return r
}

// Send sends it; any status is an answer, see [Response.OK].
func (r *Request) Send() (*Response, error) {
	if r.err != nil {
		return nil, r.err
	}
	response, err := r.TrySend()
	if err != nil {
		return nil, err.Failure()
	}
	return response, nil
}

// TrySend sends it, and leaves what to do about an error to the caller.
func (r *Request) TrySend() (*Response, *HTTPError) { return hostSend(r) }

// Response is an answer, whatever its status.
type Response struct {
	Status int
	// Headers have names in lower case, in the order of the answer.
	Headers []Header
	// Body is [Bytes], or a [FileBody] where the request asked for one.
	Body Body
}

// Header is the first header of a name, or an empty text.
func (r *Response) Header(name string) string { return headerOf(r.Headers, name) }

func headerOf(headers []Header, name string) string {
	for _, header := range headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// Bytes are the body's; none where it is a file.
func (r *Response) Bytes() []byte {
	bytes, _ := r.Body.(Bytes)
	return bytes
}

// JSON reads the body into what into points to. A body that is not what the type says makes an
// [Unclear] failure: the application did something, and what is not known.
func (r *Response) JSON(into any) error {
	err := schema.Read(r.Bytes(), into)
	if err == nil {
		return nil
	}
	failure := Unclear("the answer is not the JSON that was expected: " + err.Error())
	return failure.WithStatus(r.Status).WithBody(r.Bytes())
}

// OK passes a 2xx and makes a failure of anything else: 408, 429 and 5xx are to be retried, no earlier
// than `retry-after` says; 401 and 403 want a new credential; the rest is rejected.
func (r *Response) OK() error {
	if failure := r.Failure(); failure != nil {
		return failure
	}
	return nil
}

// Failure is as [Response.OK], for those who add what they know; it is nil for a 2xx.
func (r *Response) Failure() *Failure {
	var failure *Failure
	switch status := r.Status; {
	case status >= 200 && status < 300:
		return nil
	case status == 408 || status == 429 || status >= 500 && status < 600:
		failure = RetryAfter(r.retryAfterMs(), fmt.Sprintf("the server answered %d", status))
	case status == 401 || status == 403:
		failure = Reauthorize(fmt.Sprintf("the server refused the credential with %d", status))
	case status >= 300 && status < 400:
		points := ""
		if location := r.Header("location"); location != "" {
			points = " and points to `" + location + "`"
		}
		failure = Reject(fmt.Sprintf("the server answered %d%s; redirects are not followed", status, points))
	default:
		failure = Reject(fmt.Sprintf("the server rejected the request with %d", status))
	}
	return failure.WithStatus(r.Status).WithBody(r.Bytes())
}

// retryAfterMs is what `retry-after` says, as seconds or as a date relative to the answer's own `date`:
// a plugin asks no clock.
func (r *Response) retryAfterMs() uint64 {
	value := strings.TrimSpace(r.Header("retry-after"))
	if seconds, err := strconv.ParseUint(value, 10, 53); err == nil {
		return seconds * 1000
	}
	const layout = "Mon, 02 Jan 2006 15:04:05 GMT"
	then, err := time.Parse(layout, value)
	if err != nil {
		return 0
	}
	now, err := time.Parse(layout, strings.TrimSpace(r.Header("date")))
	if err != nil {
		return 0
	}
	return uint64(max(0, then.Sub(now).Milliseconds()))
}

// Failure is what the engine should do about it.
func (e *HTTPError) Failure() *Failure {
	switch e.Kind {
	case HTTPDenied:
		return Misconfigured(e.Text)
	case HTTPNotSent:
		return Retry("the request was not sent: " + e.Text)
	case HTTPUnanswered:
		return Unclear("no answer came: " + e.Text)
	case HTTPLimited:
		return RetryAfter(e.Number, "the connection's rate is used up")
	case HTTPTooLarge:
		return Reject(fmt.Sprintf("the answer is larger than %d bytes", e.Number))
	case HTTPUnauthorized:
		return Reauthorize(e.Text)
	default:
		return Reject(e.Text)
	}
}

// Encode writes all but the unreserved characters of RFC 3986 percent-encoded: for a query value or one
// segment of a path.
func Encode(text string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			out.WriteByte(c)
		} else {
			out.WriteString(string([]byte{'%', hex[c>>4], hex[c&15]}))
		}
	}
	return out.String()
}
