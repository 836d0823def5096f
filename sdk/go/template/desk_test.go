package main

import (
	"errors"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/fake"
)

const settings = `{"base-url":"https://desk.test/"}`

// failureOf is the failure in an error; without one the test ends.
func failureOf(t *testing.T, err error) *mortise.Failure {
	t.Helper()
	var failure *mortise.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("%v is no failure", err)
	}
	return failure
}

func TestTheCheckTellsTheAccount(t *testing.T) {
	host := fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(200, `{"id":"acct-1","name":"Acme"}`)}})
	account, err := fake.Check(checkAccount)
	if err != nil || account.ID != "acct-1" || account.Label != "Acme" {
		t.Errorf("%+v, %v", account, err)
	}
	if url := host.Requests[0].URL; url != "https://desk.test/me" {
		t.Error(url)
	}
}

func TestACredentialThatIsRefusedIsSaid(t *testing.T) {
	fake.Install(t, fake.Host{Settings: settings, Answers: []fake.Answer{fake.JSON(401, `{"error":{"code":"bad_token","message":"the token is not known"}}`)}})
	_, err := fake.Check(checkAccount)
	failure := failureOf(t, err)
	if failure.Disposition != mortise.DispositionReauthorize || failure.Message != "the token is not known" || failure.Cause.Code != "bad_token" {
		t.Errorf("%+v", failure)
	}
}

func TestSettingsThatDoNotFitAreMisconfigured(t *testing.T) {
	fake.Install(t, fake.Host{Settings: `{"base-url":7}`})
	_, err := fake.Check(checkAccount)
	failure := failureOf(t, err)
	if failure.Disposition != mortise.DispositionMisconfigured || failure.Cause.Field != "/base-url" {
		t.Errorf("%+v", failure)
	}
}
