"""OAuth 2.0, as far as applications differ in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from mortise_sdk.fields import Meta, kebab


@dataclass(frozen=True)
class Capture:
    """Something to keep of what the application told."""

    name: str
    """As `{captured.NAME}` in templates and as a setting for the plugin."""
    source: Annotated[Literal["token", "callback"], Meta(key="from")]
    at: str
    """JSON Pointer into the token answer, or the parameter of the callback."""


@kebab
@dataclass(frozen=True)
class Assertion:
    """A signed assertion (RFC 7523); values are templates."""

    key: str
    """Name of the secret that holds the private key."""
    algorithm: Literal["rs256", "es256"]
    claims: dict[str, str]
    """`iat`, `exp` and `jti` are the host's."""
    lifetime_ms: int


@kebab
@dataclass(frozen=True)
class Oauth2:
    """OAuth 2.0. URLs are templates over the settings."""

    grant: Literal["authorization-code", "client-credentials", "jwt-bearer"]
    token_url: str
    """Where tokens are got."""
    authorize_url: str | None = None
    """Where the person is sent, for `authorization-code`."""
    refresh_url: str | None = None
    """Where they are renewed, if not at `token_url`."""
    revoke_url: str | None = None
    """Where they are given up."""
    pkce: bool = True
    """Whether PKCE (S256) is used; on unless the application refuses it."""
    client_authentication: Literal["basic", "body", "none", "private-key-jwt"] = "basic"
    """How the client proves itself at the token endpoint."""
    scopes: list[str] = field(default_factory=list)
    """Asked for unless the connection says otherwise."""
    scope_separator: str = " "
    authorize_parameters: dict[str, str] = field(default_factory=dict)
    """Added to the authorization request."""
    token_parameters: dict[str, str] = field(default_factory=dict)
    """Added to each token request."""
    rotating_refresh: bool = False
    """Each refresh gives a new refresh token and ends the old one."""
    lifetime_ms: int | None = None
    """Lifetime of an access token where the answer names none."""
    capture: list[Capture] = field(default_factory=list)
    """What else to keep of the answer or the callback, as `{captured.NAME}`."""
    assertion: Assertion | None = None
    """The assertion, for `jwt-bearer` and for `private-key-jwt`."""

    @classmethod
    def authorization_code(cls, authorize_url: str, token_url: str, scopes: list[str]) -> Oauth2:
        """Authorization code with PKCE and the client's secret in the `authorization` header."""
        return cls("authorization-code", token_url, authorize_url, scopes=scopes)

    @classmethod
    def client_credentials(cls, token_url: str, scopes: list[str]) -> Oauth2:
        """Client credentials: no person is asked."""
        return cls("client-credentials", token_url, pkce=False, scopes=scopes)
