package main

import (
	"strings"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/transforms"
)

// Config is the step's `with`.
type Config struct {
	Country string `json:"country" jsonschema:"minLength=2,maxLength=2,default=DE" jsonschema_description:"where the contacts live, two letters"`
}

// Contact is one record as it comes.
type Contact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone,omitempty"`
}

// Tidy is one record as it leaves.
type Tidy struct {
	Contact
	Country string `json:"country"`
}

var tidyContact = transforms.Transform[Config, Contact, Tidy]{
	Name:    "tidy-contact",
	Summary: "makes a contact tidy",
	Examples: []mortise.Example{{
		Title:   "spaces and capitals",
		Input:   Config{Country: "DE"},
		Records: []any{Contact{Name: "  Ada   Lovelace ", Email: " Ada@Example.COM", Phone: "+49 (30) 1234"}},
		Output:  []Tidy{{Contact{Name: "Ada Lovelace", Email: "ada@example.com", Phone: "+49301234"}, "DE"}},
	}},
	Apply: func(config Config, contact Contact) ([]Tidy, error) {
		if !strings.Contains(contact.Email, "@") {
			return nil, mortise.Reject("the email has no @").WithField("/email")
		}
		tidy := Contact{
			Name:  strings.Join(strings.Fields(contact.Name), " "),
			Email: strings.ToLower(strings.TrimSpace(contact.Email)),
		}
		if digits := strings.Map(onlyDigits, contact.Phone); digits != "" {
			tidy.Phone = "+" + digits
		}
		return []Tidy{{tidy, config.Country}}, nil
	},
}

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}
