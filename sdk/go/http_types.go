package mortise

// Header is one header of a request or an answer.
type Header struct{ Name, Value string }

// Body is what a request or an answer holds: [Bytes], a [FileBody], a [Multipart], or nil for nothing.
type Body interface{ isBody() }

// Bytes is a body in memory.
type Bytes []byte

// FileBody is the id of a file: its content never passes through the plugin.
type FileBody string

// Multipart is a body of parts (multipart/form-data).
type Multipart []Part

func (Bytes) isBody()     {}
func (FileBody) isBody()  {}
func (Multipart) isBody() {}

// Part is one part of a [Multipart].
type Part struct {
	Name string
	// FileName is left out where it is empty, and so is ContentType.
	FileName, ContentType string
	// Body is [Bytes] or a [FileBody].
	Body Body
}

// Auth says whose right a request goes out with.
type Auth uint8

const (
	// AuthConnection: the host adds the connection's credential, and sends only to its origins.
	AuthConnection Auth = iota
	// AuthNone: for addresses that carry their own right, such as a presigned upload.
	AuthNone
)

// HTTPErrorKind says why there is no answer.
type HTTPErrorKind uint8

const (
	// HTTPDenied: not granted; the text names the line that would grant it.
	HTTPDenied HTTPErrorKind = iota
	// HTTPNotSent: the request did not leave, so it is safe to retry.
	HTTPNotSent
	// HTTPUnanswered: the request left and no whole answer came; it may have been carried out.
	HTTPUnanswered
	// HTTPLimited: the connection's rate is used up for Number milliseconds.
	HTTPLimited
	// HTTPTooLarge: the answer is larger than Number bytes.
	HTTPTooLarge
	// HTTPUnauthorized: there is no usable credential.
	HTTPUnauthorized
	// HTTPOther: anything else.
	HTTPOther
)

// HTTPError is why there is no answer.
type HTTPError struct {
	Kind HTTPErrorKind
	Text string
	// Number belongs to [HTTPLimited] and [HTTPTooLarge].
	Number uint64
}

// Error is what [HTTPError.Failure] says.
func (e *HTTPError) Error() string { return e.Failure().Message }
