//go:build wasip1

// Package guard ends calls that panicked.
package guard

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
)

// Log writes a line to the step's log.
var Log func(line string)

// End is deferred by every export. What a panic said and where goes to the step's log, and the call
// traps. That is not left to Go's own end of a program, which waits for a moment before it prints: a
// transform and `describe` cannot wait.
func End() {
	reason := recover()
	if reason == nil {
		return
	}
	Log(fmt.Sprintf("panic: %v", reason))
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		frame, more := frames.Next()
		if frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			Log(fmt.Sprintf("    at %s (%s:%d)", frame.Function, frame.File, frame.Line))
		}
		if !more {
			break
		}
	}
	abi.Trap()
}
