"""How the host checks that a webhook comes from where it says, before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from mortise_sdk import document
from mortise_sdk.connection import Algorithm
from mortise_sdk.fields import kebab

Encoding = Literal["hex", "base64"]


@dataclass(frozen=True)
class Known:
    """A scheme that the host knows by name: `standard` (Standard Webhooks), `stripe`, `github`, `shopify`
    or `slack`."""

    scheme: Literal["standard", "stripe", "github", "shopify", "slack"]
    secret: str = "signing-secret"


@kebab
@dataclass(frozen=True, kw_only=True)
class Signature:
    """A signature over the request, spelled out."""

    secret: str = "signing-secret"
    header: str
    """The header that holds the signature."""
    prefix: str = ""
    """Before the signature in the header: `sha256=`."""
    algorithm: Algorithm
    encoding: Encoding
    """How the signature is written."""
    content: str
    """What is signed: `{body}`, `{header.NAME}`, `{method}`, `{url}`, `{timestamp}` and text."""
    timestamp_header: str | None = None
    """The header that holds the time of sending, since 1970."""
    timestamp_unit: Literal["seconds", "milliseconds"] | None = None
    """What that time counts: seconds, unless it says otherwise."""
    tolerance_ms: int | None = None
    """How far that time may be from the host's."""
    key_encoding: Encoding | None = None
    """How the secret is written where it is not plain text."""


@kebab
@dataclass(frozen=True, kw_only=True)
class Token:
    """A shared secret that stands in a header or a query parameter."""

    secret: str = "signing-secret"
    header: str | None = None
    query: str | None = None


Verification = Known | Signature | Token


def describe(verification: Verification) -> dict[str, Any]:
    """The descriptor's entry."""
    if isinstance(verification, Known):
        return {"scheme": verification.scheme, "secret": verification.secret}
    scheme = "signature" if isinstance(verification, Signature) else "token"
    return {"scheme": scheme, **document.of(verification), "secret": verification.secret}
