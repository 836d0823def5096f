package mortise

import "encoding/json"

// Scheme is one way to authenticate. The host holds every secret and does what is declared here; a
// plugin never sees the bytes. Templates hold `{secrets.NAME}`, `{settings.NAME}` and `{captured.NAME}`.
type Scheme struct {
	// ID is unique in the plugin.
	ID string `json:"id"`
	// Title is for people: `API key`.
	Title string `json:"title"`
	// Summary says how to come by the credential.
	Summary string `json:"summary,omitempty"`
	// Secrets are what a person enters.
	Secrets []Secret `json:"secrets,omitempty"`
	// Placements say where the host puts the credential in each request.
	Placements []Placement `json:"placements,omitempty"`
	// Method is what the host does besides; nil puts the secrets where the placements say.
	Method Method `json:"-"`
	// Origins are where this scheme's credential may go, instead of the plugin's own.
	Origins []string `json:"origins,omitempty"`
}

// Method is what the host does with the secrets: an [OAuth2], [Session], [SigV4] or [OAuth1].
type Method interface{ kind() string }

func (OAuth2) kind() string  { return "oauth2" }
func (Session) kind() string { return "session" }
func (SigV4) kind() string   { return "aws-sigv4" }
func (OAuth1) kind() string  { return "oauth1" }

// MarshalJSON writes the method's fields beside those of the scheme.
func (s Scheme) MarshalJSON() ([]byte, error) {
	type plain Scheme
	own, err := json.Marshal(plain(s))
	if err != nil || s.Method == nil {
		return append(own[:len(own)-1], `,"kind":"secrets"}`...), err
	}
	method, err := json.Marshal(s.Method)
	if err != nil {
		return nil, err
	}
	text := append(own[:len(own)-1], `,"kind":"`+s.Method.kind()+`",`...)
	return append(text, method[1:]...), nil
}

// Bearer is one secret called `token`, sent as `authorization: Bearer …`.
func Bearer(id, title string) Scheme {
	return HeaderScheme(id, title, "token", "authorization", "Bearer {secrets.token}")
}

// HeaderScheme is one secret, sent in a header that is made of a template.
func HeaderScheme(id, title, secret, header, template string) Scheme {
	return Scheme{
		ID: id, Title: title, Secrets: []Secret{InjectSecret(secret)},
		Placements: []Placement{{In: InHeader, Name: header, Template: template}},
	}
}

// OAuth2Scheme is OAuth 2.0; the access token goes into `authorization: Bearer …`.
func OAuth2Scheme(id, title string, oauth2 OAuth2) Scheme {
	return Scheme{ID: id, Title: title, Method: oauth2}
}

// Secret is a value that only the host knows.
type Secret struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Use is what may happen with it: [UseInject] or [UseSign].
	Use Usage `json:"use"`
	// Algorithms are those that a secret for signing allows.
	Algorithms []Algorithm `json:"algorithms,omitempty"`
	Optional   bool        `json:"optional,omitempty"`
}

// Usage is what may happen with a secret.
type Usage string

const (
	// UseInject: the host puts it into requests.
	UseInject Usage = "inject"
	// UseSign: the host signs and verifies with it when the plugin asks.
	UseSign Usage = "sign"
)

// InjectSecret is a secret that the host puts into requests.
func InjectSecret(name string) Secret { return Secret{Name: name, Use: UseInject} }

// SignSecret is a secret that the plugin may sign and verify with.
func SignSecret(name string, algorithms ...Algorithm) Secret {
	return Secret{Name: name, Use: UseSign, Algorithms: algorithms}
}

// Placement is where a credential stands in a request.
type Placement struct {
	In Within `json:"in"`
	// Name is that of the header or parameter; a JSON Pointer for a body; for a path, the placeholder in
	// braces that the plugin writes into the URL.
	Name string `json:"name"`
	// Template is the value: `Bearer {secrets.token}`; `{basic(secrets.user, secrets.password)}` is
	// base64 of both with a colon between.
	Template string `json:"template"`
}

// Within is a part of a request.
type Within string

const (
	InHeader Within = "header"
	InQuery  Within = "query"
	InPath   Within = "path"
	InBody   Within = "body"
)

// SigV4 signs each request with AWS Signature Version 4; the secrets are `access-key-id`, `secret-access-key` and, where there is
// one, `session-token`. Both values are templates.
type SigV4 struct {
	Service string `json:"service"`
	Region  string `json:"region"`
}

// OAuth1 signs each request with OAuth 1.0a; the secrets are `consumer-key`, `consumer-secret`, `token` and
// `token-secret`.
type OAuth1 struct {
	// Signature is `hmac-sha1` or `hmac-sha256`.
	Signature string `json:"signature"`
	// Realm is a template.
	Realm string `json:"realm,omitempty"`
}

// Session logs in with a request of its own, and again when the session ends. What is text is a template.
type Session struct {
	Method     string            `json:"method"`
	URL        string            `json:"url"`
	Headers    map[string]string `json:"headers,omitempty"`
	Body       string            `json:"body,omitempty"`
	Token      SessionToken      `json:"token"`
	LifetimeMs uint64            `json:"lifetime-ms,omitempty"`
}

// SessionToken is where the answer to a login holds the session, used as `{captured.session}`: one of
// these.
type SessionToken struct {
	Header string `json:"header,omitempty"`
	Cookie string `json:"cookie,omitempty"`
	// Body is a JSON Pointer.
	Body string `json:"body,omitempty"`
}
