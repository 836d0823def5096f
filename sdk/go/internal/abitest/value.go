//go:build !wasip1

package abitest

import (
	"encoding/binary"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
)

// Case is a value of a variant, an enum, an option or a result: its name and its payload, if any.
type Case [2]any

// Record is a value of a record or a tuple, whose fields are called `0` and `1`.
type Record map[string]any

// Read reads a value: texts and list<u8> are strings, numbers are uint64, lists are []any.
func Read(t any, at abi.Addr) any {
	size, _ := Layout(t)
	if name, ok := t.(string); ok {
		if name == "string" {
			return abi.At(at).Text()
		}
		return number(abi.BytesAt(at, size))
	}
	kind := contract.Types[int(t.(float64))].Kind
	if alias, ok := kind["type"]; ok {
		return Read(alias, at)
	}
	if element, ok := kind["list"]; ok {
		if element == "u8" {
			return abi.At(at).Text()
		}
		size, _ := Layout(element)
		start, count := uint32(number(abi.BytesAt(at, 4))), uint32(number(abi.BytesAt(at+4, 4)))
		values := []any{}
		for i := range count {
			values = append(values, Read(element, start+i*size))
		}
		return values
	}
	if names, payloads, ok := cases(kind); ok {
		tag := abi.BytesAt(at, 1)[0]
		if payloads[tag] == nil {
			return Case{names[tag]}
		}
		_, align := Layout(t)
		return Case{names[tag], Read(payloads[tag], at+align)}
	}
	names, types, _ := fields(kind)
	record, offset := Record{}, uint32(0)
	for i, name := range names {
		size, align := Layout(types[i])
		offset = abi.AlignUp(offset, align)
		record[name] = Read(types[i], at+offset)
		offset += size
	}
	return record
}

// Write writes a value at a new place.
func Write(t, value any) abi.Addr {
	size, _ := Layout(t)
	at, _ := new(abi.Frame).Reserve(size)
	put(t, value, at)
	return at
}

func put(t, value any, at abi.Addr) {
	if name, ok := t.(string); ok {
		if name == "string" {
			putText(value.(string), at)
		} else {
			putNumber(value.(uint64), at, primitive[name])
		}
		return
	}
	kind := contract.Types[int(t.(float64))].Kind
	if alias, ok := kind["type"]; ok {
		put(alias, value, at)
		return
	}
	if element, ok := kind["list"]; ok {
		if element == "u8" {
			putText(value.(string), at)
			return
		}
		values, size := value.([]any), first(Layout(element))
		start, _ := new(abi.Frame).Reserve(size * uint32(len(values)))
		for i, one := range values {
			put(element, one, start+uint32(i)*size)
		}
		putNumber(uint64(start), at, 4)
		putNumber(uint64(len(values)), at+4, 4)
		return
	}
	if names, payloads, ok := cases(kind); ok {
		chosen := value.(Case)
		_, align := Layout(t)
		for tag, name := range names {
			if name == chosen[0] {
				putNumber(uint64(tag), at, 1)
				if payloads[tag] != nil {
					put(payloads[tag], chosen[1], at+align)
				}
			}
		}
		return
	}
	names, types, _ := fields(kind)
	offset := uint32(0)
	for i, name := range names {
		size, align := Layout(types[i])
		offset = abi.AlignUp(offset, align)
		put(types[i], value.(Record)[name], at+offset)
		offset += size
	}
}

func first(size, _ uint32) uint32 { return size }

func putText(text string, at abi.Addr) {
	start, count := new(abi.Frame).Text(text)
	putNumber(uint64(start), at, 4)
	putNumber(uint64(count), at+4, 4)
}

func number(bytes []byte) uint64 {
	var wide [8]byte
	copy(wide[:], bytes)
	return binary.LittleEndian.Uint64(wide[:])
}

func putNumber(value uint64, at abi.Addr, size uint32) {
	var wide [8]byte
	binary.LittleEndian.PutUint64(wide[:], value)
	copy(abi.BytesAt(at, size), wide[:size])
}
