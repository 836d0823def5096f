package schema

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

type level string

func (level) JSONSchema() Schema { return Schema{"type": "string", "enum": []any{"low", "high"}} }

type base struct {
	ID string `json:"id"`
}

type everything struct {
	base
	Text    string            `json:"text" jsonschema:"minLength=1,maxLength=3,pattern=^a\\,b"`
	Choice  string            `json:"choice" jsonschema:"enum=a,enum=b,default=a"`
	Count   int               `json:"count,omitempty" jsonschema:"minimum=-1,maximum=5" jsonschema_description:"how many, if any"`
	Size    uint8             `json:"size,omitempty"`
	Share   *float64          `json:"share"`
	Maybe   *string           `json:"maybe,omitempty" jsonschema:"enum=x"`
	On      bool              `json:"on" jsonschema:"default=true"`
	List    []base            `json:"list,omitempty" jsonschema:"maxItems=2"`
	Pair    *[2]int           `json:"pair,omitempty"`
	Names   map[string]string `json:"names,omitzero"`
	Level   level             `json:"level,omitempty"`
	At      time.Time         `json:"at,omitzero"`
	Any     any               `json:"any,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Number  int64             `json:"number,omitempty,string"`
	Inner   *everything       `json:"inner,omitempty"`
	Hidden  string            `json:"-"`
	private string
}

func TestASchemaSaysWhatATypeTakes(t *testing.T) {
	made, err := json.Marshal(Of(reflect.TypeFor[everything]()))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"object","required":["id","text","share"],"properties":{
		"id":{"type":"string"},
		"text":{"type":"string","minLength":1,"maxLength":3,"pattern":"^a,b"},
		"choice":{"type":"string","enum":["a","b"],"default":"a"},
		"count":{"type":"integer","minimum":-1,"maximum":5,"description":"how many, if any"},
		"size":{"type":"integer","minimum":0},
		"share":{"type":["number","null"]},
		"maybe":{"type":["string","null"],"enum":["x",null]},
		"on":{"type":"boolean","default":true},
		"list":{"type":"array","maxItems":2,"items":{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}}},
		"pair":{"type":["array","null"],"items":{"type":"integer"},"minItems":2,"maxItems":2},
		"names":{"type":"object","additionalProperties":{"type":"string"}},
		"level":{"type":"string","enum":["low","high"]},
		"at":{"type":"string","format":"date-time"},
		"any":{},"raw":{},
		"bytes":{"type":"string","contentEncoding":"base64"},
		"number":{"type":"string"},
		"inner":{}}}`
	var a, b any
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(made, &a)
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s", made)
	}
}

func TestWhatFitsIsReadAndDefaultsAreFilled(t *testing.T) {
	var got everything
	text := `{"id":"1","text":"abc","share":null,"count":5,"list":[{"id":"2"}],"raw":{"n":12345678901234567890},"maybe":null,"level":null,"later":1}`
	if err := Read([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "1" || got.Choice != "a" || !got.On || got.Count != 5 || got.List[0].ID != "2" || got.private != "" {
		t.Errorf("%+v", got)
	}
	if string(got.Raw) != `{"n":12345678901234567890}` {
		t.Errorf("%s", got.Raw)
	}
}

func TestWhatDoesNotFitSaysWhereAndWhy(t *testing.T) {
	for text, want := range map[string]Misfit{
		``:                     {"", "it is empty"},
		`{`:                    {"", "it is not one JSON value"},
		`{} {}`:                {"", "it is not one JSON value"},
		`7`:                    {"", "it is a whole number, and not an object"},
		`{}`:                   {"/id", "`/id` is missing"},
		`{"text":""}`:          {"/text", "`/text` has 0 characters, and not at least 1"},
		`{"text":"äöüß"}`:      {"/text", "`/text` has 4 characters, and not at most 3"},
		`{"choice":"c"}`:       {"/choice", "`/choice` is none of `a`, `b`"},
		`{"count":6}`:          {"/count", "`/count` is 6, and not at most 5"},
		`{"count":1.5}`:        {"/count", "`/count` is a number, and not a whole number"},
		`{"size":-1}`:          {"/size", "`/size` is -1, and not at least 0"},
		`{"size":300}`:         {"/size", "`/size` is not what `uint8` takes"},
		`{"share":"x"}`:        {"/share", "`/share` is a text, and not a number or null"},
		`{"list":[{}]}`:        {"/list/0/id", "`/list/0/id` is missing"},
		`{"list":[1,2,3]}`:     {"/list", "`/list` has 3 elements, and not at most 2"},
		`{"names":{"a/~b":1}}`: {"/names/a~1~0b", "`/names/a~1~0b` is a whole number, and not a text"},
		`{"level":"none"}`:     {"/level", "`/level` is none of `low`, `high`"},
		`{"text":null}`:        {"/text", "`/text` is null, and not a text"},
	} {
		document := text
		if text != "" && text[0] == '{' && text[len(text)-1] == '}' && text != `{}` && text != `{} {}` {
			var members map[string]json.RawMessage
			_ = json.Unmarshal([]byte(text), &members)
			for name, usual := range map[string]string{"id": `"1"`, "text": `"abc"`, "share": `1`} {
				if _, ok := members[name]; !ok {
					members[name] = json.RawMessage(usual)
				}
			}
			whole, _ := json.Marshal(members)
			document = string(whole)
		}
		var got everything
		if err := Read([]byte(document), &got); err == nil || *err != want {
			t.Errorf("%s: %+v", text, err)
		}
	}
}
