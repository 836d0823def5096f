package schema

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// applyTags adds what the tags `jsonschema` and `jsonschema_description` say. The first is a list of
// `KEY=VALUE`, with commas inside a value escaped by a backslash; `enum` comes once for each choice. A
// word without a value, such as `uniqueItems`, is true.
func applyTags(property Schema, field reflect.StructField) Schema {
	tag, text := field.Tag.Get("jsonschema"), field.Tag.Get("jsonschema_description")
	if tag == "" && text == "" {
		return property
	}
	made := Schema{}
	for key, value := range property {
		made[key] = value
	}
	for word := range words(tag) {
		key, value, hasValue := strings.Cut(word, "=")
		if !hasValue {
			made[key] = true
			continue
		}
		switch key {
		case "enum":
			choices, _ := made["enum"].([]any)
			made["enum"] = append(choices[:len(choices):len(choices)], valueOf(value, field.Type))
		case "default", "const":
			made[key] = valueOf(value, field.Type)
		case "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum",
			"exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties":
			limit, err := strconv.ParseFloat(value, 64)
			if err != nil {
				panic(fmt.Sprintf("the tag of `%s` says `%s`, which is no number", field.Name, word))
			}
			made[key] = limit
		default:
			made[key] = value
		}
	}
	if choices, ok := made["enum"].([]any); ok && field.Type.Kind() == reflect.Pointer {
		made["enum"] = append(choices, nil)
	}
	if text != "" {
		made["description"] = text
	}
	return made
}

func words(tag string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		var word strings.Builder
		for i := 0; i < len(tag); i++ {
			switch {
			case tag[i] == '\\' && i+1 < len(tag):
				i++
				word.WriteByte(tag[i])
			case tag[i] == ',':
				if !yield(strings.TrimSpace(word.String())) {
					return
				}
				word.Reset()
			default:
				word.WriteByte(tag[i])
			}
		}
		if word.Len() > 0 {
			yield(strings.TrimSpace(word.String()))
		}
	}
}

// valueOf reads a value of a tag as the field's type has it.
func valueOf(text string, t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return text == "true"
	case reflect.String:
		return text
	default:
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			return number
		}
		return text
	}
}
