"""How a connection proves who it is. The host holds every secret and does what is declared here; a plugin
never sees the bytes. Templates hold `{secrets.NAME}`, `{settings.NAME}` and `{captured.NAME}`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from mortise_sdk import document
from mortise_sdk.connection import Algorithm
from mortise_sdk.fields import Meta, kebab
from mortise_sdk.oauth2 import Assertion, Capture, Oauth2

__all__ = [
    "Assertion", "AwsSigv4", "Capture", "Oauth1", "Oauth2", "Placement", "Scheme", "Secret", "Session",
]  # fmt: skip


@dataclass(frozen=True)
class Secret:
    """A value that only the host knows."""

    name: str
    use: Literal["inject", "sign"]
    """The host puts it into requests, or signs and verifies with it when the plugin asks."""
    title: str = ""
    algorithms: list[Algorithm] = field(default_factory=list)
    """Those that a secret for signing allows."""
    optional: bool = False

    @classmethod
    def inject(cls, name: str) -> Secret:
        """A secret that the host puts into requests."""
        return cls(name, "inject")

    @classmethod
    def sign(cls, name: str, *algorithms: Algorithm) -> Secret:
        """A secret that the plugin may sign and verify with."""
        return cls(name, "sign", algorithms=list(algorithms))


@dataclass(frozen=True)
class Placement:
    """Where a credential stands in a request."""

    within: Annotated[Literal["header", "query", "path", "body"], Meta(key="in")]
    name: str
    """Of the header or parameter; JSON Pointer for a body; for a path, the placeholder in braces that the
    plugin writes into the URL."""
    template: str
    """`Bearer {secrets.token}`; `{basic(secrets.user, secrets.password)}` is base64 of both with a colon
    between."""


@kebab
@dataclass(frozen=True)
class Session:
    """Logging in with a request of its own. URL, headers and body are templates."""

    url: str
    token: dict[Literal["header", "cookie", "body"], str]
    """Where the answer holds the session, used as `{captured.session}`: `{"body": "/token"}`."""
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    lifetime_ms: int | None = None
    """Log in again after so long; on a 401 in any case."""


@dataclass(frozen=True)
class AwsSigv4:
    """Signs each request with AWS Signature Version 4."""

    service: str
    region: str


@dataclass(frozen=True)
class Oauth1:
    """Signs each request with OAuth 1.0a."""

    signature: Literal["hmac-sha1", "hmac-sha256"]
    realm: str | None = None


KINDS = {Oauth2: "oauth2", Session: "session", AwsSigv4: "aws-sigv4", Oauth1: "oauth1"}

# What the descriptor wants said even where it is as usual.
ALWAYS = {
    Oauth2: ("pkce", "client_authentication", "scope_separator", "rotating_refresh"),
    Session: ("method",),
}


@dataclass(frozen=True)
class Scheme:
    """One way to authenticate."""

    id: str
    title: str
    secrets: list[Secret] = field(default_factory=list)
    """What a person enters."""
    placements: list[Placement] = field(default_factory=list)
    """Where the host puts the credential in each request."""
    method: Oauth2 | Session | AwsSigv4 | Oauth1 | None = None
    """What the host does besides."""
    summary: str = ""
    """How to come by the credential."""
    origins: list[str] = field(default_factory=list)
    """Where this scheme's credential may go, instead of the plugin's own origins."""

    @classmethod
    def bearer(cls, id: str, title: str) -> Scheme:
        """One secret called `token`, sent as `authorization: Bearer …`."""
        return cls.header(id, title, "token", "authorization", "Bearer {secrets.token}")

    @classmethod
    def header(cls, id: str, title: str, secret: str, header: str, template: str) -> Scheme:
        """One secret, sent in a header that is made of a template."""
        return cls(id, title, [Secret.inject(secret)], [Placement("header", header, template)])

    def describe(self) -> dict[str, Any]:
        """The descriptor's entry."""
        entry = {name: value for name, value in document.of(self).items() if name != "method"}
        method = self.method
        if method is None:
            return {**entry, "kind": "secrets"}
        always = {name.replace("_", "-"): getattr(method, name) for name in ALWAYS.get(type(method), ())}
        return {**entry, "kind": KINDS[type(method)], **always, **document.of(method)}
