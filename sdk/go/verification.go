package mortise

// Verification is how the host checks that a webhook comes from where it says, before anything runs:
// [StandardWebhooks], [StripeWebhooks] and so on, a [Signature] spelled out, or a [SharedToken].
type Verification struct {
	Scheme string `json:"scheme"`
	// Secret is the name of the connection's secret to check with.
	Secret string `json:"secret"`
	Header string `json:"header,omitempty"`

	// Query is for a token.
	Query string `json:"query,omitempty"`

	*Signing
}

// Signing is a signature, spelled out.
type Signing struct {
	// Prefix stands before the signature in the header: `sha256=`.
	Prefix    string    `json:"prefix,omitempty"`
	Algorithm Algorithm `json:"algorithm"`
	// Encoding is how the signature is written.
	Encoding Encoding `json:"encoding"`
	// Content is what is signed: `{body}`, `{header.NAME}`, `{method}`, `{url}`, `{timestamp}` and text.
	Content string `json:"content"`
	// TimestampHeader holds the time of sending, since 1970.
	TimestampHeader string `json:"timestamp-header,omitempty"`
	// TimestampUnit is what that time counts: `seconds`, which is the default, or `milliseconds`.
	TimestampUnit string `json:"timestamp-unit,omitempty"`
	// ToleranceMs is how far that time may be from the host's.
	ToleranceMs uint64 `json:"tolerance-ms,omitempty"`
	// KeyEncoding is how the secret is written where it is not plain text.
	KeyEncoding Encoding `json:"key-encoding,omitempty"`
}

// Encoding is how bytes are written as text.
type Encoding string

const (
	Hex    Encoding = "hex"
	Base64 Encoding = "base64"
)

// The schemes that the host knows by name; each checks with the secret `signing-secret`.
var (
	StandardWebhooks = &Verification{Scheme: "standard", Secret: "signing-secret"}
	StripeWebhooks   = &Verification{Scheme: "stripe", Secret: "signing-secret"}
	GithubWebhooks   = &Verification{Scheme: "github", Secret: "signing-secret"}
	ShopifyWebhooks  = &Verification{Scheme: "shopify", Secret: "signing-secret"}
	SlackWebhooks    = &Verification{Scheme: "slack", Secret: "signing-secret"}
)

// Signature is a signature over the request, in a header.
func Signature(secret, header string, signing Signing) *Verification {
	return &Verification{Scheme: "signature", Secret: secret, Header: header, Signing: &signing}
}

// SharedToken is a secret that stands in a header or in a query parameter; leave one of them empty.
func SharedToken(secret, header, query string) *Verification {
	return &Verification{Scheme: "token", Secret: secret, Header: header, Query: query}
}
