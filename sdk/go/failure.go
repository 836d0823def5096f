package mortise

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// BodyStartBytes is how much of an application's answer a [Cause] keeps.
const BodyStartBytes = 2048

// Disposition is what the engine should do about a failure: a decision, not a description.
type Disposition uint8

const (
	// DispositionRetry: the application may answer differently later.
	DispositionRetry Disposition = iota
	// DispositionUnclear: the request left and no answer came, so it may have been carried out.
	DispositionUnclear
	// DispositionReject: this input will never be accepted.
	DispositionReject
	// DispositionReauthorize: the application refused the credential.
	DispositionReauthorize
	// DispositionMisconfigured: the workflow's author has to change the step or the connection.
	DispositionMisconfigured
)

func (d Disposition) String() string {
	names := [...]string{"retry", "unclear", "reject", "reauthorize", "misconfigured"}
	if int(d) < len(names) {
		return names[d]
	}
	return "unknown"
}

// Failure is the error of an operation. An error that is none, or wraps none, counts as [Reject]: it
// says nothing about whether trying again would help.
type Failure struct {
	Disposition Disposition
	// WaitMs is the least number of milliseconds to wait before a retry, where the application named
	// one.
	WaitMs uint64
	// Message is one sentence for the person who reads the run: lower case, no full stop.
	Message string
	Cause   *Cause
}

// Cause is where a failure comes from, as exactly as the application told. What is zero is not known.
type Cause struct {
	// Status is the HTTP status.
	Status int
	// Code is the application's own, such as `card_declined`.
	Code string
	// Record is the index of the record in the batch.
	Record *int
	// Field is the JSON Pointer (RFC 6901) of the field.
	Field string
	// Body is the start of what the application answered.
	Body string
}

// Error is the message.
func (f *Failure) Error() string { return f.Message }

// Retry says that the application may answer differently later.
func Retry(message string) *Failure { return newFailure(DispositionRetry, message) }

// RetryAfter is as [Retry], but not before the application's own time, in milliseconds.
func RetryAfter(waitMs uint64, message string) *Failure {
	failure := Retry(message)
	failure.WaitMs = waitMs
	return failure
}

// Unclear says that the request left and no answer came: it may have been carried out.
func Unclear(message string) *Failure { return newFailure(DispositionUnclear, message) }

// Reject says that this input will never be accepted.
func Reject(message string) *Failure { return newFailure(DispositionReject, message) }

// Reauthorize says that the application refused the credential.
func Reauthorize(message string) *Failure { return newFailure(DispositionReauthorize, message) }

// Misconfigured says that the workflow's author has to change the step or the connection.
func Misconfigured(message string) *Failure { return newFailure(DispositionMisconfigured, message) }

func newFailure(disposition Disposition, message string) *Failure {
	return &Failure{Disposition: disposition, Message: message}
}

// AsFailure finds the failure in an error; an error without one is rejected with its own text.
func AsFailure(err error) *Failure {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure
	}
	return Reject(err.Error())
}

func (f *Failure) cause() *Cause {
	if f.Cause == nil {
		f.Cause = &Cause{}
	}
	return f.Cause
}

// WithStatus adds the HTTP status.
func (f *Failure) WithStatus(status int) *Failure {
	f.cause().Status = status
	return f
}

// WithCode adds the application's own code, such as `card_declined`.
func (f *Failure) WithCode(code string) *Failure {
	f.cause().Code = code
	return f
}

// WithRecord adds the index of the record in the batch, from 0.
func (f *Failure) WithRecord(index int) *Failure {
	f.cause().Record = &index
	return f
}

// WithField adds the JSON Pointer (RFC 6901) of the field.
func (f *Failure) WithField(pointer string) *Failure {
	f.cause().Field = pointer
	return f
}

// WithBody adds the start of what the application answered, see [BodyStartBytes].
func (f *Failure) WithBody(body []byte) *Failure {
	start := body[:min(len(body), BodyStartBytes)]
	if len(start) < len(body) {
		// The cut may have gone through a character: what comes before it is enough.
		for cut := len(start) - 1; cut >= 0 && cut > len(start)-utf8.UTFMax; cut-- {
			if utf8.RuneStart(start[cut]) {
				if !utf8.FullRune(start[cut:]) {
					start = start[:cut]
				}
				break
			}
		}
	}
	f.cause().Body = strings.ToValidUTF8(string(start), "\uFFFD")
	return f
}
