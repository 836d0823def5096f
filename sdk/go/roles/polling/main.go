// The plugin `example/sample-plugin`: tickets of the help desk Desk.
package main

import mortise "github.com/mortise-hub/mortise/sdk/go"

var plugin = mortise.Plugin{
	Name:     "example/sample-plugin",
	Version:  "0.1.0",
	Licence:  "Apache-2.0",
	Title:    "Desk",
	Summary:  "tickets of the help desk Desk",
	Settings: mortise.SchemaOf[Settings](),
	Rate:     &mortise.Rate{Requests: 100, PerMs: 60_000},
	Hosts:    []string{"api.desk.example"},
	Origins:  []string{"https://api.desk.example"},
	Authentication: []mortise.Scheme{{
		ID: "api-key", Title: "API key",
		Secrets: []mortise.Secret{mortise.InjectSecret("token")},
		Placements: []mortise.Placement{
			{In: mortise.InHeader, Name: "authorization", Template: "Bearer {secrets.token}"},
		},
	}},
}

func init() {
	mortise.Export(plugin, checkAccount, newTickets)
}

// main is never called: the host calls what init exported.
func main() {}
