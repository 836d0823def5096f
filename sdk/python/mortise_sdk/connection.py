"""The connection that the step names. Its secrets stay in the host."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from mortise_sdk import codec, host
from mortise_sdk.failure import Disposition, Failure

T = TypeVar("T")


class Algorithm(Enum):
    """How something is signed."""

    HMAC_SHA1 = "hmac-sha1"
    HMAC_SHA256 = "hmac-sha256"
    HMAC_SHA512 = "hmac-sha512"
    RS256 = "rs256"
    ES256 = "es256"
    ED25519 = "ed25519"


def settings(type: type[T]) -> T:
    """The settings that are not secret, as a dataclass. A step that names no connection has the
    defaults."""
    text = host.current().settings()
    try:
        return codec.read("{}" if text == "null" else text, type, "connection's settings")
    except Failure as failure:
        failure.disposition = Disposition.MISCONFIGURED
        raise


def present() -> bool:
    """Whether the step names a connection."""
    return host.current().settings() != "null"


def sign(secret: str, algorithm: Algorithm, data: bytes) -> bytes:
    """Signs with a secret that the descriptor declares `use: sign`; its bytes stay in the host."""
    try:
        return host.current().sign(secret, algorithm, data)
    except host.Refused as error:
        raise Failure.misconfigured(str(error)) from None


def verify(secret: str, algorithm: Algorithm, data: bytes, signature: bytes) -> bool:
    """Compares a signature in constant time."""
    try:
        return host.current().verify(secret, algorithm, data, signature)
    except host.Refused as error:
        raise Failure.misconfigured(str(error)) from None
