package tests

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// exports reads the names that a core module exports.
func exports(t *testing.T, module []byte) []string {
	t.Helper()
	number := func(from []byte) (int, []byte) {
		value, size := binary.Uvarint(from)
		return int(value), from[size:]
	}
	var names []string
	for rest := module[8:]; len(rest) > 0; {
		kind := rest[0]
		size, section := number(rest[1:])
		section, rest = section[:size], section[size:]
		if kind != 7 {
			continue
		}
		count, entries := number(section)
		for range count {
			length, text := number(entries)
			names = append(names, string(text[:length]))
			_, entries = number(text[length+1:])
		}
	}
	return names
}

// build lays a role over the template, as `mortise plugin new` does, and builds the core module.
func build(t *testing.T, role string) []byte {
	t.Helper()
	folder := t.TempDir()
	sdk, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	layers := []string{"../template/*.go", "../roles/" + role + "/*.go"}
	if role == "transform" {
		layers = layers[1:]
	}
	for _, layer := range layers {
		files, _ := filepath.Glob(layer)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, filepath.Base(file)), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	text, err := os.ReadFile("../template/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("./mortise-sdk"), []byte(sdk))
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "core.wasm")
	command := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	command.Dir, command.Env = folder, append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func TestImportingARoleIsExportingIt(t *testing.T) {
	for role, want := range map[string][]string{
		"connector": {"actions@0.1.0#invoke", "check@0.1.0#check", "describe@0.1.0#describe", "polling@0.1.0#poll",
			"webhooks@0.1.0#receive", "webhooks@0.1.0#subscribe", "webhooks@0.1.0#unsubscribe"},
		"transform": {"describe@0.1.0#describe", "transform@0.1.0#apply"},
	} {
		module := build(t, role)
		var got, plain []string
		for _, name := range exports(t, module) {
			if function, ok := strings.CutPrefix(name, "mortise:plugin/"); ok {
				got = append(got, function)
			} else if !strings.HasPrefix(name, "cabi_post_mortise:plugin/") {
				plain = append(plain, name)
			}
		}
		slices.Sort(got)
		slices.Sort(plain)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", role, got)
		}
		usual := []string{"_initialize", "cabi_export_realloc", "cabi_import_realloc", "cabi_realloc_adapter", "memory"}
		if !reflect.DeepEqual(plain, usual) {
			t.Errorf("%s: %v", role, plain)
		}
		if role == "transform" && bytes.Contains(module, []byte("mortise:plugin/http@0.1.0")) {
			t.Error("a transform imports http")
		}
	}
}
