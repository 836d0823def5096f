// Package abi speaks the canonical ABI of the component model, as far as Mortise's interfaces need it:
// texts, lists, options, records and variants, in the linear memory of the module.
//
// A [Frame] holds what the host may still look at: the Go collector sees no address that only the host
// knows. Memory comes in two ways. What Go code hands over stays where it is, and the frame keeps it.
// What the host hands over it writes where [realloc] says, and texts are made of it without a copy.
package abi

// Addr is an address in linear memory. In tests, which have none, it is a place in a slice.
type Addr = uint32

// AlignUp is the next address at or after at that is a multiple of align, a power of two.
func AlignUp(at, align uint32) uint32 { return (at + align - 1) &^ (align - 1) }

// Out writes values one after the other, each at the next place that it may stand at.
type Out struct {
	frame *Frame
	at    Addr
}

// Reserve takes memory for a value and gives its address and what writes it.
func (f *Frame) Reserve(size uint32) (Addr, *Out) {
	at := f.alloc(size)
	return at, &Out{frame: f, at: at}
}

func (o *Out) place(size uint32) []byte {
	o.at = AlignUp(o.at, size)
	place := view(o.at, size)
	o.at += size
	return place
}

// Uint8 writes a u8, an enum or the case of a variant.
func (o *Out) Uint8(v uint8) { o.place(1)[0] = v }

// Bool writes a bool.
func (o *Out) Bool(v bool) { o.Uint8(Bit(v)) }

// Uint16 writes a u16.
func (o *Out) Uint16(v uint16) { little.PutUint16(o.place(2), v) }

// Uint32 writes a u32.
func (o *Out) Uint32(v uint32) { little.PutUint32(o.place(4), v) }

// Uint64 writes a u64.
func (o *Out) Uint64(v uint64) { little.PutUint64(o.place(8), v) }

// Text writes a string.
func (o *Out) Text(v string) { o.pair(o.frame.Text(v)) }

// Bytes writes a list<u8>.
func (o *Out) Bytes(v []byte) { o.pair(o.frame.Bytes(v)) }

func (o *Out) pair(at Addr, count uint32) {
	o.Uint32(at)
	o.Uint32(count)
}

// Variant writes the case of a variant whose payloads take at most size bytes, aligned to align, and
// then its payload; write is nil where the case has none.
func (o *Out) Variant(tag uint8, size, align uint32, write func(*Out)) {
	o.at = AlignUp(o.at, align)
	o.Uint8(tag)
	o.at = AlignUp(o.at, align)
	end := o.at + AlignUp(size, align)
	if write != nil {
		write(o)
	}
	o.at = end
}

// OptionalText writes an option<string>, where an empty text is none.
func (o *Out) OptionalText(v string) {
	if v == "" {
		o.Variant(0, 8, 4, nil)
		return
	}
	o.Variant(1, 8, 4, func(o *Out) { o.Text(v) })
}

// OptionalUint64 writes an option<u64>.
func (o *Out) OptionalUint64(v uint64, isSome bool) {
	if !isSome {
		o.Variant(0, 8, 8, nil)
		return
	}
	o.Variant(1, 8, 8, func(o *Out) { o.Uint64(v) })
}

// List takes memory for a list of values of size bytes each and writes them.
func List[T any](f *Frame, values []T, size uint32, write func(*Out, T)) (Addr, uint32) {
	if len(values) == 0 {
		return 8, 0
	}
	at, _ := f.Reserve(size * uint32(len(values)))
	for i, value := range values {
		write(&Out{frame: f, at: at + size*uint32(i)}, value)
	}
	return at, uint32(len(values))
}

// PutList writes a list.
func PutList[T any](o *Out, values []T, size uint32, write func(*Out, T)) {
	o.pair(List(o.frame, values, size, write))
}

// Bit is a bool as the ABI passes it.
func Bit(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}
