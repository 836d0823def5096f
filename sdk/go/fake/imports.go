//go:build !wasip1

package fake

import (
	"bytes"
	"errors"
	"strconv"

	mortise "github.com/mortise-hub/mortise/sdk/go"
)

// imports is what a plugin imports, answered by the host in place.
type imports struct{ host *Host }

var _ mortise.Host = imports{}

func (i imports) Workflow() string       { return "test" }
func (i imports) Run() string            { return "01JZ0000000000000000000000" }
func (i imports) Step() string           { return "step" }
func (i imports) Attempt() uint32        { return uint32(i.host.Attempt) }
func (i imports) IdempotencyKey() string { return i.host.IdempotencyKey }
func (i imports) RemainingMs() uint64    { return i.host.RemainingMs }
func (i imports) Cancelled() bool        { return i.host.Cancelled }

func (i imports) CallbackURL() (string, error) {
	if i.host.CallbackURL == "" {
		return "", errors.New("this test has no callback address")
	}
	return i.host.CallbackURL, nil
}

func (i imports) Send(request *mortise.Request) (*mortise.Response, *mortise.HTTPError) {
	i.host.Requests = append(i.host.Requests, *request)
	if len(i.host.Answers) == 0 {
		return nil, &mortise.HTTPError{Kind: mortise.HTTPNotSent, Text: "the test has no answer for this request"}
	}
	answer := i.host.Answers[0]
	i.host.Answers = i.host.Answers[1:]
	if answer.Err != nil {
		return nil, answer.Err
	}
	return &answer.Response, nil
}

func (i imports) file(id string) (*File, error) {
	if file, ok := i.host.Files[id]; ok {
		return file, nil
	}
	return nil, errors.New("there is no file `" + id + "`")
}

func (i imports) Stat(id string) (mortise.FileInfo, error) {
	file, err := i.file(id)
	if err != nil {
		return mortise.FileInfo{}, err
	}
	return mortise.FileInfo{Size: uint64(len(file.Bytes)), ContentType: file.ContentType, Name: file.Name}, nil
}

func (i imports) ReadFile(id string, offset uint64, length uint32) ([]byte, error) {
	file, err := i.file(id)
	if err != nil {
		return nil, err
	}
	size := uint64(len(file.Bytes))
	start := min(offset, size)
	return bytes.Clone(file.Bytes[start:min(start+uint64(length), size)]), nil
}

func (i imports) CreateFile(name, contentType string) (string, error) {
	id := "file-" + strconv.Itoa(len(i.host.Files)+1)
	i.host.Files[id] = &File{Name: name, ContentType: contentType}
	return id, nil
}

func (i imports) AppendFile(id string, data []byte) error {
	file, err := i.file(id)
	if err == nil {
		file.Bytes = append(file.Bytes, data...)
	}
	return err
}

func (i imports) Log(level mortise.Level, message string, fields []mortise.Header) {
	i.host.Log = append(i.host.Log, LogLine{level, message, fields})
}

func (i imports) GetState(key string) ([]byte, bool) {
	value, ok := i.host.State[key]
	return value, ok
}

func (i imports) SetState(key string, value []byte) { i.host.State[key] = bytes.Clone(value) }
func (i imports) DeleteState(key string)            { delete(i.host.State, key) }

func (i imports) Settings() string {
	if i.host.Settings == "" {
		return "null"
	}
	return i.host.Settings
}

// Sign makes no real signature: the name of the secret, a colon, and the data.
func (i imports) Sign(secret string, _ mortise.Algorithm, data []byte) ([]byte, error) {
	return append([]byte(secret+":"), data...), nil
}

func (i imports) Verify(secret string, algorithm mortise.Algorithm, data, signature []byte) (bool, error) {
	expected, err := i.Sign(secret, algorithm, data)
	return bytes.Equal(expected, signature), err
}
