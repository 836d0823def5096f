// Package schema makes JSON Schemas (2020-12) of Go types, and reads JSON that has to fit them.
package schema

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"time"
)

// Schema is a JSON Schema; `true`, which takes anything, is an empty one.
type Schema = map[string]any

// Describer is a type that knows its schema better than reflection does.
type Describer interface{ JSONSchema() Schema }

var (
	describer = reflect.TypeFor[Describer]()
	marshaler = reflect.TypeFor[json.Marshaler]()
	texter    = reflect.TypeFor[encoding.TextMarshaler]()
	moment    = reflect.TypeFor[time.Time]()
	number    = reflect.TypeFor[json.Number]()
)

var known sync.Map // reflect.Type -> Schema

// Of makes the schema of a type.
func Of(t reflect.Type) Schema {
	if found, ok := known.Load(t); ok {
		return found.(Schema)
	}
	made := (&maker{}).of(t)
	known.Store(t, made)
	return made
}

// maker knows the types that it is inside of: one that holds itself takes anything there.
type maker struct{ inside []reflect.Type }

func (m *maker) of(t reflect.Type) Schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return orNull(m.of(t.Elem()))
	case t.Implements(describer):
		return reflect.Zero(t).Interface().(Describer).JSONSchema()
	case reflect.PointerTo(t).Implements(describer):
		return reflect.New(t).Interface().(Describer).JSONSchema()
	case t == moment:
		return Schema{"type": "string", "format": "date-time"}
	case t == number:
		return Schema{"type": "number"}
	case t.Implements(marshaler), reflect.PointerTo(t).Implements(marshaler):
		return Schema{}
	case t.Implements(texter), reflect.PointerTo(t).Implements(texter):
		return Schema{"type": "string"}
	}
	return m.ofKind(t)
}

func (m *maker) ofKind(t reflect.Type) Schema {
	switch t.Kind() {
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Schema{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return Schema{"type": "integer", "minimum": 0.0}
	case reflect.Float32, reflect.Float64:
		return Schema{"type": "number"}
	case reflect.String:
		return Schema{"type": "string"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return Schema{"type": "string", "contentEncoding": "base64"}
		}
		return Schema{"type": "array", "items": m.of(t.Elem())}
	case reflect.Array:
		count := float64(t.Len())
		return Schema{"type": "array", "items": m.of(t.Elem()), "minItems": count, "maxItems": count}
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": m.of(t.Elem())}
	case reflect.Struct:
		return m.ofStruct(t)
	default:
		return Schema{}
	}
}

func (m *maker) ofStruct(t reflect.Type) Schema {
	for _, outer := range m.inside {
		if outer == t {
			return Schema{}
		}
	}
	m.inside = append(m.inside, t)
	properties, required := Schema{}, []any{}
	m.addFields(t, properties, &required)
	m.inside = m.inside[:len(m.inside)-1]
	made := Schema{"type": "object", "properties": properties}
	if len(required) > 0 {
		made["required"] = required
	}
	return made
}

func (m *maker) addFields(t reflect.Type, properties Schema, required *[]any) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" && options == "" || !field.IsExported() && !field.Anonymous {
			continue
		}
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if field.Anonymous && name == "" && inner.Kind() == reflect.Struct {
			m.addFields(inner, properties, required)
			continue
		}
		if name == "" {
			name = field.Name
		}
		property := m.of(field.Type)
		if hasOption(options, "string") {
			property = Schema{"type": "string"}
		}
		property = applyTags(property, field)
		properties[name] = property
		_, hasDefault := property["default"]
		if !hasDefault && !hasOption(options, "omitempty") && !hasOption(options, "omitzero") {
			*required = append(*required, name)
		}
	}
}

func hasOption(options, wanted string) bool {
	for option := range strings.SplitSeq(options, ",") {
		if option == wanted {
			return true
		}
	}
	return false
}

// orNull is what a pointer takes.
func orNull(inner Schema) Schema {
	name, ok := inner["type"].(string)
	if !ok {
		if len(inner) == 0 {
			return inner
		}
		return Schema{"anyOf": []any{inner, Schema{"type": "null"}}}
	}
	made := Schema{}
	for key, value := range inner {
		made[key] = value
	}
	made["type"] = []any{name, "null"}
	if choices, ok := inner["enum"].([]any); ok {
		made["enum"] = append(append([]any{}, choices...), nil)
	}
	return made
}
