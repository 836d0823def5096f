package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"unicode/utf8"
)

// checker finds the first misfit of a document, in the order of the keys' names.
type checker struct {
	misfit *Misfit
	filled bool
}

func (c *checker) fail(pointer, format string, values ...any) {
	if c.misfit == nil {
		c.misfit = &Misfit{Pointer: pointer, text: subject(pointer) + " " + fmt.Sprintf(format, values...)}
	}
}

func (c *checker) value(value any, s Schema, pointer string) {
	if c.misfit != nil || len(s) == 0 {
		return
	}
	if !hasType(value, s["type"]) {
		c.fail(pointer, "is %s, and not %s", kindOf(value), typesOf(s["type"]))
		return
	}
	if choices, ok := s["enum"].([]any); ok && !isOneOf(value, choices) {
		c.fail(pointer, "is none of %s", listOf(choices))
	}
	if only, ok := s["const"]; ok && !isOneOf(value, []any{only}) {
		c.fail(pointer, "is not %s", listOf([]any{only}))
	}
	if either, ok := s["anyOf"].([]any); ok {
		c.anyOf(value, either, pointer)
	}
	switch value := value.(type) {
	case string:
		count := float64(utf8.RuneCountInString(value))
		c.atLeast(count, s["minLength"], pointer, "has %v characters, and not at least %v")
		c.atMost(count, s["maxLength"], pointer, "has %v characters, and not at most %v")
	case json.Number:
		amount, _ := value.Float64()
		c.atLeast(amount, s["minimum"], pointer, "is %v, and not at least %v")
		c.atMost(amount, s["maximum"], pointer, "is %v, and not at most %v")
	case []any:
		c.list(value, s, pointer)
	case map[string]any:
		c.object(value, s, pointer)
	}
}

func (c *checker) anyOf(value any, either []any, pointer string) {
	for _, one := range either {
		s, _ := one.(Schema)
		try := checker{}
		if try.value(value, s, pointer); try.misfit == nil {
			c.filled = c.filled || try.filled
			return
		}
	}
	c.fail(pointer, "fits none of what is possible")
}

func (c *checker) list(values []any, s Schema, pointer string) {
	count := float64(len(values))
	c.atLeast(count, s["minItems"], pointer, "has %v elements, and not at least %v")
	c.atMost(count, s["maxItems"], pointer, "has %v elements, and not at most %v")
	if items, ok := s["items"].(Schema); ok && len(items) > 0 {
		for i, value := range values {
			c.value(value, items, pointer+"/"+strconv.Itoa(i))
		}
	}
}

func (c *checker) object(object map[string]any, s Schema, pointer string) {
	required := map[string]bool{}
	names, _ := s["required"].([]any)
	for _, name := range names {
		name, _ := name.(string)
		required[name] = true
		if _, ok := object[name]; !ok {
			c.fail(Join(pointer, name), "is missing")
			return
		}
	}
	properties, _ := s["properties"].(Schema)
	others, _ := s["additionalProperties"].(Schema)
	for _, name := range sorted(properties) {
		property, _ := properties[name].(Schema)
		value, ok := object[name]
		switch {
		case !ok:
			if usual, has := property["default"]; has {
				object[name], c.filled = usual, true
			}
		case value == nil && !required[name]:
			// As good as missing: many applications write what they do not have as null.
			delete(object, name)
			c.filled = true
			if usual, has := property["default"]; has {
				object[name] = usual
			}
		default:
			c.value(value, property, Join(pointer, name))
		}
	}
	if len(others) > 0 {
		for _, name := range sorted(object) {
			if _, ok := properties[name]; !ok {
				c.value(object[name], others, Join(pointer, name))
			}
		}
	}
}

func (c *checker) atLeast(amount float64, limit any, pointer, format string) {
	if limit, ok := limit.(float64); ok && amount < limit {
		c.fail(pointer, format, amount, limit)
	}
}

func (c *checker) atMost(amount float64, limit any, pointer, format string) {
	if limit, ok := limit.(float64); ok && amount > limit {
		c.fail(pointer, format, amount, limit)
	}
}

func hasType(value, wanted any) bool {
	switch wanted := wanted.(type) {
	case string:
		kind := kindName(value)
		return kind == wanted || kind == "integer" && wanted == "number"
	case []any:
		for _, one := range wanted {
			if hasType(value, one) {
				return true
			}
		}
		return false
	default:
		return true
	}
}

func kindName(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if amount, err := value.Float64(); err == nil && amount == math.Trunc(amount) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

// words for people, by the name of the type.
var articles = map[string]string{"null": "null", "boolean": "a boolean", "string": "a text",
	"integer": "a whole number", "number": "a number", "array": "a list", "object": "an object"}

func kindOf(value any) string { return articles[kindName(value)] }

func typesOf(wanted any) string {
	if name, ok := wanted.(string); ok {
		return articles[name]
	}
	text := ""
	several, _ := wanted.([]any)
	for i, one := range several {
		if i > 0 {
			text += " or "
		}
		text += typesOf(one)
	}
	return text
}

func isOneOf(value any, choices []any) bool {
	if number, ok := value.(json.Number); ok {
		value, _ = number.Float64()
	}
	for _, choice := range choices {
		if reflect.DeepEqual(value, choice) {
			return true
		}
	}
	return false
}

func listOf(choices []any) string {
	text := ""
	for i, choice := range choices {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("`%v`", choice)
	}
	return text
}

func sorted(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
