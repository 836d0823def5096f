package mortise

// OAuth2 gets access tokens and renews them. URLs are templates over the settings.
type OAuth2 struct {
	// Grant is how the first token is got.
	Grant Grant `json:"grant"`
	// AuthorizeURL is where the person is sent, for [GrantAuthorizationCode].
	AuthorizeURL string `json:"authorize-url,omitempty"`
	TokenURL     string `json:"token-url"`
	// RefreshURL is where tokens are renewed, if not at TokenURL.
	RefreshURL string `json:"refresh-url,omitempty"`
	RevokeURL  string `json:"revoke-url,omitempty"`
	// PKCE (S256) is used unless the application refuses it.
	PKCE                 bool                 `json:"pkce"`
	ClientAuthentication ClientAuthentication `json:"client-authentication"`
	// Scopes are asked for unless the connection says otherwise.
	Scopes              []string          `json:"scopes,omitempty"`
	ScopeSeparator      string            `json:"scope-separator"`
	AuthorizeParameters map[string]string `json:"authorize-parameters,omitempty"`
	TokenParameters     map[string]string `json:"token-parameters,omitempty"`
	// RotatingRefresh: each refresh gives a new refresh token and ends the old one.
	RotatingRefresh bool `json:"rotating-refresh"`
	// LifetimeMs is that of an access token where the answer names none.
	LifetimeMs uint64 `json:"lifetime-ms,omitempty"`
	// Capture says what else to keep of the answer or the callback.
	Capture   []Capture  `json:"capture,omitempty"`
	Assertion *Assertion `json:"assertion,omitempty"`
}

// AuthorizationCode is an authorization code with PKCE and the client's secret in the header.
func AuthorizationCode(authorizeURL, tokenURL string, scopes ...string) OAuth2 {
	return OAuth2{
		Grant: GrantAuthorizationCode, AuthorizeURL: authorizeURL, TokenURL: tokenURL, PKCE: true,
		ClientAuthentication: ClientBasic, Scopes: scopes, ScopeSeparator: " ",
	}
}

// ClientCredentials asks no person.
func ClientCredentials(tokenURL string, scopes ...string) OAuth2 {
	oauth2 := AuthorizationCode("", tokenURL, scopes...)
	oauth2.Grant, oauth2.PKCE = GrantClientCredentials, false
	return oauth2
}

// Grant is how the first token is got.
type Grant string

const (
	GrantAuthorizationCode Grant = "authorization-code"
	GrantClientCredentials Grant = "client-credentials"
	GrantJWTBearer         Grant = "jwt-bearer"
)

// ClientAuthentication is how the client proves itself at the token endpoint.
type ClientAuthentication string

const (
	// ClientBasic is HTTP basic.
	ClientBasic ClientAuthentication = "basic"
	// ClientBody writes `client_id` and `client_secret` into the body.
	ClientBody ClientAuthentication = "body"
	// ClientNone is a public client.
	ClientNone ClientAuthentication = "none"
	// ClientPrivateKeyJWT is a signed assertion.
	ClientPrivateKeyJWT ClientAuthentication = "private-key-jwt"
)

// Capture is something to keep of what the application told.
type Capture struct {
	// Name is used as `{captured.NAME}` in templates and as a setting for the plugin.
	Name string `json:"name"`
	// From is `token` or `callback`.
	From string `json:"from"`
	// At is a JSON Pointer into the token answer, or the parameter of the callback.
	At string `json:"at"`
}

// Assertion is a signed assertion (RFC 7523); values are templates.
type Assertion struct {
	// Key is the name of the secret that holds the private key.
	Key       string    `json:"key"`
	Algorithm Algorithm `json:"algorithm"`
	// Claims leave out `iat`, `exp` and `jti`, which are the host's.
	Claims     map[string]string `json:"claims"`
	LifetimeMs uint64            `json:"lifetime-ms"`
}
