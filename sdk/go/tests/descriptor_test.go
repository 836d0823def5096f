// Package tests holds descriptors against the schema of the contract, and components against the rule
// that importing a role is exporting it.
package tests

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	mortise "github.com/mortise-hub/mortise/sdk/go"
	"github.com/mortise-hub/mortise/sdk/go/actions"
	"github.com/mortise-hub/mortise/sdk/go/batch"
	"github.com/mortise-hub/mortise/sdk/go/polling"
	"github.com/mortise-hub/mortise/sdk/go/transforms"
	"github.com/mortise-hub/mortise/sdk/go/webhooks"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func fits(t *testing.T, descriptor []byte) error {
	t.Helper()
	text, err := os.ReadFile("../../../wit/descriptor.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("descriptor.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("descriptor.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(descriptor))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(value)
}

func schemes() []mortise.Scheme {
	oauth2 := mortise.AuthorizationCode("https://x/authorize", "https://x/token", "read")
	oauth2.Grant, oauth2.ClientAuthentication = mortise.GrantJWTBearer, mortise.ClientPrivateKeyJWT
	oauth2.AuthorizeParameters = map[string]string{"prompt": "consent"}
	oauth2.Capture = []mortise.Capture{{Name: "instance_url", From: "token", At: "/instance_url"}}
	oauth2.Assertion = &mortise.Assertion{Key: "private-key", Algorithm: mortise.RS256,
		Claims: map[string]string{"iss": "{settings.client_id}"}, LifetimeMs: 300_000}
	session := mortise.Session{Method: "POST", URL: "https://x/login", Body: "a={secrets.token}",
		Token: mortise.SessionToken{Cookie: "sid"}, LifetimeMs: 1000}
	made := []mortise.Scheme{
		mortise.Bearer("bearer", "API key"),
		mortise.OAuth2Scheme("client", "Client", mortise.ClientCredentials("https://x/token")),
	}
	for id, method := range map[string]mortise.Method{
		"oauth2": oauth2, "session": session, "sigv4": mortise.SigV4{Service: "s3", Region: "{settings.region}"},
		"oauth1": mortise.OAuth1{Signature: "hmac-sha256"}, "secrets": nil,
	} {
		made = append(made, mortise.Scheme{
			ID: id, Title: id, Summary: "how to come by it", Method: method, Origins: []string{"{settings.instance_url}"},
			Secrets:    []mortise.Secret{mortise.InjectSecret("token"), mortise.SignSecret("signing-secret", mortise.HMACSHA256, mortise.Ed25519)},
			Placements: []mortise.Placement{{In: mortise.InQuery, Name: "key", Template: "{secrets.token}"}},
		})
	}
	return made
}

func everything(t *testing.T) []byte {
	t.Helper()
	parts := []mortise.Exportable{
		actions.Action[string, int]{Name: "list", Summary: "lists", Repeat: mortise.Safe, Paged: true, Stateful: true,
			Examples: []mortise.Example{{Title: "one", Input: "a", Output: 0}}},
		batch.Batch[any, any]{Name: "many", Summary: "does many", Repeat: mortise.Duplicates},
		polling.Polling[struct{}, int, bool]{Name: "new", Summary: "is new", Stateful: true},
		transforms.Raw{Name: "raw", Summary: "counts", Records: mortise.RecordsAll},
		transforms.Transform[struct{}, string, string]{Name: "map", Summary: "maps",
			Examples: []mortise.Example{{Title: "one", Input: struct{}{}, Records: []any{"a"}, Output: []string{"a"}}}},
	}
	for name, verification := range map[string]*mortise.Verification{
		"none": nil, "standard": mortise.StandardWebhooks, "stripe": mortise.StripeWebhooks, "github": mortise.GithubWebhooks,
		"shopify": mortise.ShopifyWebhooks, "slack": mortise.SlackWebhooks, "token": mortise.SharedToken("token", "", "t"),
		"signature": mortise.Signature("signing-secret", "x-signature", mortise.Signing{Prefix: "sha256=",
			Algorithm: mortise.HMACSHA256, Encoding: mortise.Hex, Content: "{timestamp}.{body}",
			TimestampHeader: "x-time", ToleranceMs: 300_000, KeyEncoding: mortise.Base64}),
	} {
		parts = append(parts, webhooks.Webhook[struct{}, struct{}, any]{Name: name, Summary: "is called",
			Verification: verification, Answers: true, Verifies: true})
	}
	mortise.Export(mortise.Plugin{
		Name: "acme/everything", Version: "1.2.3-rc.1", Licence: "Apache-2.0", Title: "Everything", Summary: "uses all there is",
		Settings: mortise.SchemaOf[map[string]string](), Rate: &mortise.Rate{Requests: 100, PerMs: 60_000, AtOnce: 2},
		Hosts: []string{"*.example.com"}, Origins: []string{"https://api.example.com"}, Authentication: schemes(),
	}, parts...)
	text, err := json.Marshal(mortise.Describe())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestADescriptorThatUsesEverythingFits(t *testing.T) {
	text := everything(t)
	if err := fits(t, text); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if !bytes.Contains(text, []byte(`"kind":"session"`)) || !bytes.Contains(text, []byte(`"scheme":"signature"`)) {
		t.Errorf("%s", text)
	}
}

func TestWhatBreaksTheContractDoesNotFit(t *testing.T) {
	for key, value := range map[string]any{"name": "no-namespace", "version": "1.2", "operations": []any{}, "schema-version": 2} {
		var descriptor map[string]any
		if err := json.Unmarshal(everything(t), &descriptor); err != nil {
			t.Fatal(err)
		}
		descriptor[key] = value
		text, _ := json.Marshal(descriptor)
		if fits(t, text) == nil {
			t.Errorf("%s", key)
		}
	}
}

func TestTheSameNameTwiceIsSaid(t *testing.T) {
	one := actions.Action[any, any]{Name: "one"}
	mortise.Export(mortise.Plugin{}, one, one)
	defer func() {
		if said := recover(); said != "mortise: there is more than one action `one`" {
			t.Error(said)
		}
	}()
	mortise.Describe()
}
