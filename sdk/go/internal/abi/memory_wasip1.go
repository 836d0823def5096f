//go:build wasip1

package abi

import (
	"runtime"
	"unsafe"
)

// Frame keeps what the host may look at during one call, in either direction.
type Frame struct{ kept []unsafe.Pointer }

// arguments takes what the host hands over before it calls an export.
var arguments Frame

// current takes what the host asks for.
var current = &arguments

// Enter says that the host is called next: what it asks for belongs to the frame. Nothing may happen
// between this and the call, since another goroutine might call the host as well.
func (f *Frame) Enter() { current = f }

// Leave says that the host has answered.
func (f *Frame) Leave() { current = &arguments }

// TakeArguments gives the frame with the arguments of the export that was called.
func TakeArguments() *Frame {
	taken := arguments
	arguments = Frame{}
	return &taken
}

// Done says that nobody looks at the frame any more. Without it the collector might take what only the
// host refers to.
func (f *Frame) Done() { runtime.KeepAlive(f) }

// returned is the result of the last export, until the host has read it.
var returned *Frame

// Return keeps the frame until [Forget], which the functions `cabi_post_…` call.
func (f *Frame) Return() { returned = f }

// Forget lets go of the result of the last export.
func Forget() { returned = nil }

func (f *Frame) keep(p unsafe.Pointer) Addr {
	f.kept = append(f.kept, p)
	return Addr(uintptr(p))
}

func (f *Frame) alloc(size uint32) Addr {
	// Whole words, so that every alignment that the ABI has is kept; without pointers in them.
	words := make([]uint64, max(1, (size+7)/8))
	return f.keep(unsafe.Pointer(unsafe.SliceData(words)))
}

// Text gives the place of a text.
func (f *Frame) Text(v string) (Addr, uint32) {
	if v == "" {
		return 1, 0
	}
	return f.keep(unsafe.Pointer(unsafe.StringData(v))), uint32(len(v))
}

// Bytes gives the place of bytes.
func (f *Frame) Bytes(v []byte) (Addr, uint32) {
	if len(v) == 0 {
		return 1, 0
	}
	return f.keep(unsafe.Pointer(unsafe.SliceData(v))), uint32(len(v))
}

// TextAt is the text at an address, without a copy: memory that the host asked for belongs to Go.
func TextAt(at Addr, count uint32) string {
	if count == 0 {
		return ""
	}
	return unsafe.String((*byte)(pointer(at)), count)
}

func view(at Addr, count uint32) []byte {
	if count == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(at)), count)
}

// pointer makes a pointer of an address that the host gave. The frame holds the same pointer.
func pointer(at Addr) unsafe.Pointer {
	address := uintptr(at)
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}
