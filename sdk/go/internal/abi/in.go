package abi

import "encoding/binary"

var little = binary.LittleEndian

// In reads values one after the other, as [Out] writes them.
type In struct{ at Addr }

// At reads from an address.
func At(at Addr) *In { return &In{at: at} }

func (i *In) place(size uint32) []byte {
	i.at = AlignUp(i.at, size)
	place := view(i.at, size)
	i.at += size
	return place
}

// Uint8 reads a u8, an enum or the case of a variant.
func (i *In) Uint8() uint8 { return i.place(1)[0] }

// Bool reads a bool.
func (i *In) Bool() bool { return i.Uint8() != 0 }

// Uint16 reads a u16.
func (i *In) Uint16() uint16 { return little.Uint16(i.place(2)) }

// Uint32 reads a u32.
func (i *In) Uint32() uint32 { return little.Uint32(i.place(4)) }

// Uint64 reads a u64.
func (i *In) Uint64() uint64 { return little.Uint64(i.place(8)) }

// Text reads a string.
func (i *In) Text() string { return TextAt(i.Uint32(), i.Uint32()) }

// Bytes reads a list<u8>.
func (i *In) Bytes() []byte { return view(i.Uint32(), i.Uint32()) }

// Variant reads the case of a variant and goes to its payload; [In.Skip] goes behind it.
func (i *In) Variant(align uint32) uint8 {
	i.at = AlignUp(i.at, align)
	tag := i.Uint8()
	i.at = AlignUp(i.at, align)
	return tag
}

// OptionalText reads an option<string>, where none is an empty text.
func (i *In) OptionalText() string {
	if i.Variant(4) == 0 {
		i.at += 8
		return ""
	}
	return i.Text()
}

// TakeList reads a list of values of size bytes each.
func TakeList[T any](i *In, size uint32, read func(*In) T) []T {
	return ListAt(i.Uint32(), i.Uint32(), size, read)
}

// ListAt reads a list whose address and length are known.
func ListAt[T any](at Addr, count, size uint32, read func(*In) T) []T {
	values := make([]T, count)
	for index := range values {
		values[index] = read(At(at + size*uint32(index)))
	}
	return values
}

// OptionalTextOf is an option<string> that was passed flat.
func OptionalTextOf(isSome uint32, at Addr, count uint32) (text string, ok bool) {
	if isSome == 0 {
		return "", false
	}
	return TextAt(at, count), true
}

// BytesAt are the bytes at an address.
func BytesAt(at Addr, count uint32) []byte { return view(at, count) }
