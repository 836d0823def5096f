package main

import (
	"errors"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
)

func TestTheExamplesHold(t *testing.T) { fake.RunExamples(t, tidyContact) }

func TestAContactWithoutAnAddressFailsAlone(t *testing.T) {
	outcomes, err := fake.Apply(tidyContact, Config{Country: "AT"},
		Contact{Name: "Ada", Email: "nowhere"}, Contact{Name: "Ada", Email: "ada@example.com"})
	if err != nil || len(outcomes) != 2 {
		t.Fatalf("%+v, %v", outcomes, err)
	}
	var failure *mortise.Failure
	if !errors.As(outcomes[0].Err, &failure) || failure.Message != "the email has no @" || failure.Cause.Field != "/email" {
		t.Errorf("%+v", outcomes[0])
	}
	if tidy := outcomes[1].Records; len(tidy) != 1 || tidy[0].Country != "AT" || tidy[0].Phone != "" {
		t.Errorf("%+v", outcomes[1])
	}
}

func TestTheCountryIsGermanyUnlessItIsSaid(t *testing.T) {
	outcomes, err := fake.Apply(tidyContact, map[string]any{}, Contact{Name: "Ada", Email: "ada@example.com"})
	if err != nil || outcomes[0].Records[0].Country != "DE" {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

func TestAConfigurationThatDoesNotFitIsMisconfigured(t *testing.T) {
	_, err := fake.Apply(tidyContact, map[string]any{"country": "Germany"})
	var failure *mortise.Failure
	if !errors.As(err, &failure) || failure.Disposition != mortise.DispositionMisconfigured || failure.Cause.Field != "/country" {
		t.Errorf("%v", err)
	}
}
