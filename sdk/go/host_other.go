//go:build !wasip1

package mortise

import "github.com/mortise-hub/mortise/sdk/go/internal/seam"

// Host is what a plugin may ask of the host, as the package fake answers it in tests.
type Host interface {
	Workflow() string
	Run() string
	Step() string
	Attempt() uint32
	IdempotencyKey() string
	RemainingMs() uint64
	Cancelled() bool
	CallbackURL() (string, error)
	Send(request *Request) (*Response, *HTTPError)
	Stat(id string) (FileInfo, error)
	ReadFile(id string, offset uint64, length uint32) ([]byte, error)
	CreateFile(name, contentType string) (string, error)
	AppendFile(id string, data []byte) error
	Log(level Level, message string, fields []Header)
	GetState(key string) ([]byte, bool)
	SetState(key string, value []byte)
	DeleteState(key string)
	Settings() string
	Sign(secret string, algorithm Algorithm, data []byte) ([]byte, error)
	Verify(secret string, algorithm Algorithm, data, signature []byte) (bool, error)
}

func host() Host {
	if host, ok := seam.Current().(Host); ok {
		return host
	}
	panic("mortise: there is no host; a test installs one with fake.Install")
}

func hostWorkflow() string             { return host().Workflow() }
func hostRun() string                  { return host().Run() }
func hostStep() string                 { return host().Step() }
func hostAttempt() uint32              { return host().Attempt() }
func hostIdempotencyKey() string       { return host().IdempotencyKey() }
func hostRemainingMs() uint64          { return host().RemainingMs() }
func hostCancelled() bool              { return host().Cancelled() }
func hostCallbackURL() (string, error) { return host().CallbackURL() }
func hostSettings() string             { return host().Settings() }

func hostSend(request *Request) (*Response, *HTTPError) { return host().Send(request) }

func hostStat(id string) (FileInfo, error) { return host().Stat(id) }

func hostReadFile(id string, offset uint64, length uint32) ([]byte, error) {
	return host().ReadFile(id, offset, length)
}

func hostCreateFile(name, contentType string) (string, error) {
	return host().CreateFile(name, contentType)
}

func hostAppendFile(id string, data []byte) error { return host().AppendFile(id, data) }

func hostLog(level Level, message string, fields []Header) { host().Log(level, message, fields) }

func hostGetState(key string) ([]byte, bool) { return host().GetState(key) }
func hostSetState(key string, value []byte)  { host().SetState(key, value) }
func hostDeleteState(key string)             { host().DeleteState(key) }

func hostSign(secret string, algorithm Algorithm, data []byte) ([]byte, error) {
	return host().Sign(secret, algorithm, data)
}

func hostVerify(secret string, algorithm Algorithm, data, signature []byte) (bool, error) {
	return host().Verify(secret, algorithm, data, signature)
}
