//go:build !wasip1

// Package abitest reads and writes values in memory as the contract's types say, to hold the hand-written
// code against. It knows nothing of that code but the memory.
package abitest

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/mortise-hub/mortise/sdk/go/internal/abi"
)

//go:generate ./generate.sh

//go:embed contract.json
var document []byte

var contract struct {
	Interfaces []struct {
		Name      string
		Types     map[string]int
		Functions map[string]struct{ Result any }
	}
	Types []struct{ Kind map[string]any }
}

func init() {
	// Enums and variants are objects; only a few kinds of no interest are words.
	var loose struct{ Interfaces, Types json.RawMessage }
	must(json.Unmarshal(document, &loose))
	must(json.Unmarshal(loose.Interfaces, &contract.Interfaces))
	must(json.Unmarshal(loose.Types, &contract.Types))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Type is a type of an interface.
func Type(owner, name string) any {
	for _, found := range contract.Interfaces {
		if index, ok := found.Types[name]; ok && found.Name == owner {
			return float64(index)
		}
	}
	panic(fmt.Sprintf("the contract has no %s.%s", owner, name))
}

// ResultOf is the type of what a function gives.
func ResultOf(owner, name string) any {
	for _, found := range contract.Interfaces {
		if function, ok := found.Functions[name]; ok && found.Name == owner {
			return function.Result
		}
	}
	panic(fmt.Sprintf("the contract has no function %s.%s", owner, name))
}

// cases gives the payloads of what has cases: variant, enum, option, result.
func cases(kind map[string]any) (names []string, payloads []any, ok bool) {
	if inner, is := kind["option"]; is {
		return []string{"none", "some"}, []any{nil, inner}, true
	}
	if inner, is := kind["result"].(map[string]any); is {
		return []string{"ok", "err"}, []any{inner["ok"], inner["err"]}, true
	}
	for _, word := range []string{"variant", "enum"} {
		if inner, is := kind[word].(map[string]any); is {
			for _, one := range inner["cases"].([]any) {
				one := one.(map[string]any)
				names, payloads = append(names, one["name"].(string)), append(payloads, one["type"])
			}
			return names, payloads, true
		}
	}
	return nil, nil, false
}

// fields gives the fields of what has them: record, tuple.
func fields(kind map[string]any) (names []string, types []any, ok bool) {
	if inner, is := kind["record"].(map[string]any); is {
		for _, one := range inner["fields"].([]any) {
			one := one.(map[string]any)
			names, types = append(names, one["name"].(string)), append(types, one["type"])
		}
		return names, types, true
	}
	if inner, is := kind["tuple"].(map[string]any); is {
		types = inner["types"].([]any)
		for i := range types {
			names = append(names, fmt.Sprint(i))
		}
		return names, types, true
	}
	return nil, nil, false
}

var primitive = map[string]uint32{"bool": 1, "u8": 1, "u16": 2, "u32": 4, "u64": 8, "s64": 8, "f64": 8}

// Layout is size and alignment of a type.
func Layout(t any) (size, align uint32) {
	switch t := t.(type) {
	case nil:
		return 0, 1
	case string:
		if t == "string" {
			return 8, 4
		}
		return primitive[t], primitive[t]
	}
	kind := contract.Types[int(t.(float64))].Kind
	if alias, ok := kind["type"]; ok {
		return Layout(alias)
	}
	if _, ok := kind["list"]; ok {
		return 8, 4
	}
	if _, payloads, ok := cases(kind); ok {
		align = 1
		for _, payload := range payloads {
			inner, innerAlign := Layout(payload)
			size, align = max(size, inner), max(align, innerAlign)
		}
		return abi.AlignUp(abi.AlignUp(1, align)+size, align), align
	}
	_, types, _ := fields(kind)
	align = 1
	for _, field := range types {
		inner, innerAlign := Layout(field)
		size, align = abi.AlignUp(size, innerAlign)+inner, max(align, innerAlign)
	}
	return abi.AlignUp(size, align), align
}
