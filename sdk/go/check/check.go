// Package check shows that a connection works, with the cheapest request that needs the credential.
package check

import (
	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/internal/export"
)

// Check is the plugin's check: it is called when a connection is made or tested.
type Check func() (Account, error)

// Account is what the credential belongs to.
type Account struct {
	// ID is the application's, to tell two connections apart.
	ID string
	// Label is for people: `Acme GmbH (live)`.
	Label string
	// Scopes are what the credential may do.
	Scopes []string
	// Settings are what the application told, for example its API's base address.
	Settings any
}

// RawAccount is an account as it goes to the host.
type RawAccount struct {
	ID, Label string
	Scopes    []string
	Settings  string
}

// Call is how the host calls the check.
func (c Check) Call() (RawAccount, error) {
	account, err := c()
	if err != nil {
		return RawAccount{}, err
	}
	settings, err := export.Write(account.Settings)
	return RawAccount{account.ID, account.Label, account.Scopes, settings}, err
}

var registered Check

// Register makes the check a part of the component.
func (c Check) Register(registry *mortise.Registry) {
	registry.Only("check")
	registered = c
}

func call() (RawAccount, error) {
	if registered == nil {
		return RawAccount{}, mortise.Misconfigured("this plugin has no check")
	}
	return registered.Call()
}
