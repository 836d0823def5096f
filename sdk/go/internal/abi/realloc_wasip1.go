//go:build wasip1

package abi

import "unsafe"

// The names are those that the tool which makes components knows. The plain `cabi_realloc` would be
// used by the adapter of WASI as well, which asks while Go starts and cannot allocate yet; and if there
// were nothing for the adapter it would grow the memory itself, behind the back of Go's allocator,
// which believes that what follows its memory is its own.

//go:wasmexport cabi_export_realloc
func exportRealloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	return realloc(old, oldSize, size)
}

//go:wasmexport cabi_import_realloc
func importRealloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	return realloc(old, oldSize, size)
}

// realloc gives memory to the host. While the host asks, nothing may call it, WASI included, or the call
// traps with "cannot leave component instance". Two things would. A collection reads clocks and polls
// timers, and other goroutines may run meanwhile: pinned, Go starts none, helps with none and changes no
// goroutine. And Go's heap reads the monotonic clock when it grows: the adapter is told to give the time
// that it gave last.
func realloc(old unsafe.Pointer, oldSize, size uint32) unsafe.Pointer {
	procPin()
	pauseClock(1)
	place := pointer(current.alloc(size))
	if oldSize > 0 {
		copy(unsafe.Slice((*byte)(place), size), unsafe.Slice((*byte)(old), oldSize))
	}
	pauseClock(0)
	procUnpin()
	return place
}

//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func pauseClock(isPaused uint32)

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

const pageBytes = 64 << 10

// adapterPages are for the stack and the state of the adapter, a page each. They lie in the module's
// own zeroed memory, so they are there before Go starts and take no room in the file.
var (
	adapterPages [2*pageBytes + 16]byte
	adapterTaken uintptr
)

// adapterRealloc runs while Go starts: it allocates nothing and grows no stack.
//
//go:wasmexport cabi_realloc_adapter
//go:nosplit
func adapterRealloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	first := uintptr(unsafe.Pointer(&adapterPages))
	at := (first+adapterTaken+uintptr(align)-1)&^(uintptr(align)-1) - first
	if at+uintptr(size) > unsafe.Sizeof(adapterPages) {
		Trap() // an adapter that wants more is not the one that this is made for
	}
	adapterTaken = at + uintptr(size)
	return unsafe.Add(unsafe.Pointer(&adapterPages), at)
}

// Trap runs the instruction `unreachable`.
func Trap()
