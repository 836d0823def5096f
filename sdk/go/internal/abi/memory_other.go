//go:build !wasip1

package abi

// memory stands for linear memory in the tests of this package; nothing is ever given back.
var memory = make([]byte, 64)

// Frame keeps what the host may look at; here that is everything.
type Frame struct{}

func (f *Frame) alloc(size uint32) Addr {
	at := AlignUp(uint32(len(memory)), 8)
	memory = append(memory, make([]byte, at+size-uint32(len(memory)))...)
	return at
}

// Text gives the place of a text.
func (f *Frame) Text(v string) (Addr, uint32) { return f.Bytes([]byte(v)) }

// Bytes gives the place of bytes.
func (f *Frame) Bytes(v []byte) (Addr, uint32) {
	at := f.alloc(uint32(len(v)))
	copy(view(at, uint32(len(v))), v)
	return at, uint32(len(v))
}

// TextAt is the text at an address.
func TextAt(at Addr, count uint32) string { return string(view(at, count)) }

func view(at Addr, count uint32) []byte { return memory[at : at+count : at+count] }
