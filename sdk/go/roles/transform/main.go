// The plugin `example/sample-plugin`: makes contacts tidy.
package main

import mortise "github.com/mortise-hub/mortise/sdk/go"

var plugin = mortise.Plugin{
	Name:    "example/sample-plugin",
	Version: "0.1.0",
	Licence: "Apache-2.0",
	Title:   "Contacts",
	Summary: "makes contacts tidy",
}

func init() { mortise.Export(plugin, tidyContact) }

// main is never called: the host calls what init exported.
func main() {}
