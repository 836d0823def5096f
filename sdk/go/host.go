package mortise

import (
	"encoding/json"

	"github.com/mortise-hub/mortise/sdk/go/internal/schema"
)

// Workflow is the name of the workflow that the call belongs to.
func Workflow() string { return hostWorkflow() }

// Run is the ULID of the run.
func Run() string { return hostRun() }

// Step is the path of the step inside the run: `notify`, `lines[3].post`.
func Step() string { return hostStep() }

// Attempt counts from 1, and one more with every retry.
func Attempt() int { return int(hostAttempt()) }

// IdempotencyKey is the same for every attempt of one turn of one step of one run. Pass it on, with
// [Request.Idempotent], wherever the application takes one.
func IdempotencyKey() string { return hostIdempotencyKey() }

// RemainingMs is what is left of the call.
func RemainingMs() uint64 { return hostRemainingMs() }

// Cancelled says that somebody asked the call to end.
func Cancelled() bool { return hostCancelled() }

// CallbackURL is where the application can call back, for an action that is suspended until then.
func CallbackURL() (string, error) {
	url, err := hostCallbackURL()
	if err != nil {
		return "", Misconfigured(err.Error())
	}
	return url, nil
}

// Settings reads the connection's settings, those that are not secret. A step without a connection has
// the settings of `{}`: what has a default keeps it.
func Settings(into any) error {
	text := hostSettings()
	if text == "null" {
		text = "{}"
	}
	if err := schema.Read([]byte(text), into); err != nil {
		return Misconfigured("the settings do not fit: " + err.Error()).WithField(err.Pointer)
	}
	return nil
}

// Algorithm signs.
type Algorithm uint8

const (
	HMACSHA1 Algorithm = iota
	HMACSHA256
	HMACSHA512
	RS256
	ES256
	Ed25519
)

var algorithms = [...]string{"hmac-sha1", "hmac-sha256", "hmac-sha512", "rs256", "es256", "ed25519"}

func (a Algorithm) String() string { return algorithms[a] }

// MarshalJSON writes the name that the descriptor knows.
func (a Algorithm) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

// Sign signs with a secret that the descriptor declares for signing; its bytes stay in the host.
func Sign(secret string, algorithm Algorithm, data []byte) ([]byte, error) {
	signature, err := hostSign(secret, algorithm, data)
	if err != nil {
		return nil, Misconfigured(err.Error())
	}
	return signature, nil
}

// Verify compares in constant time.
func Verify(secret string, algorithm Algorithm, data, signature []byte) (bool, error) {
	fits, err := hostVerify(secret, algorithm, data, signature)
	if err != nil {
		return false, Misconfigured(err.Error())
	}
	return fits, nil
}

// GetState gives a small value that an earlier call of the same step or trigger kept. Only operations
// that say `Stateful` may use it, and a call that fails keeps nothing.
func GetState(key string) (value []byte, ok bool) { return hostGetState(key) }

// SetState keeps a small value.
func SetState(key string, value []byte) { hostSetState(key, value) }

// DeleteState forgets a value.
func DeleteState(key string) { hostDeleteState(key) }

// Level says how important a line of the log is.
type Level uint8

const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
)

// Log writes a line to the step's log, with pairs of names and values.
func Log(level Level, message string, pairs ...string) {
	fields := make([]Header, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, Header{pairs[i], pairs[i+1]})
	}
	hostLog(level, message, fields)
}

// Debug writes a line for those who look for a mistake.
func Debug(message string, pairs ...string) { Log(LevelDebug, message, pairs...) }

// Info writes a line.
func Info(message string, pairs ...string) { Log(LevelInfo, message, pairs...) }

// Warn writes a line about what may be a mistake.
func Warn(message string, pairs ...string) { Log(LevelWarn, message, pairs...) }
