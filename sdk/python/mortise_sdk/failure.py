"""What went wrong, and what the engine should do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

BODY_START_BYTES = 2048
"""The start of an application's answer that a `Cause` keeps."""


class Disposition(Enum):
    """What the engine should do: a decision, not a description."""

    RETRY = "retry"
    """The application may answer differently later."""
    UNCLEAR = "unclear"
    """The request left and no answer came: it may have been carried out."""
    REJECT = "reject"
    """This input will never be accepted."""
    REAUTHORIZE = "reauthorize"
    """The application refused the credential."""
    MISCONFIGURED = "misconfigured"
    """The workflow's author has to change the step or the connection."""


@dataclass(frozen=True)
class Cause:
    """Where a failure comes from, as exactly as the application told."""

    status: int | None = None
    """HTTP status, where there was one."""
    code: str | None = None
    """The application's own code, such as `card_declined`."""
    record: int | None = None
    """Index of the record in the batch, from 0."""
    field: str | None = None
    """JSON Pointer (RFC 6901) of the field."""
    body: str | None = None
    """The start of what the application answered."""


class Failure(Exception):
    """A decision, and one sentence for the person who reads the run: lower case, no full stop."""

    def __init__(
        self,
        disposition: Disposition,
        message: str,
        *,
        after_ms: int | None = None,
        cause: Cause | None = None,
    ) -> None:
        super().__init__(message)
        self.disposition = disposition
        self.message = message
        self.after_ms = after_ms
        """With `RETRY`: the least to wait, where the application named a time."""
        self.cause = cause

    @classmethod
    def retry(cls, message: str, after_ms: int | None = None) -> Failure:
        """The application may answer differently later, though not before `after_ms`."""
        return Failure(Disposition.RETRY, message, after_ms=after_ms)

    @classmethod
    def unclear(cls, message: str) -> Failure:
        """The request left and no answer came: it may have been carried out."""
        return Failure(Disposition.UNCLEAR, message)

    @classmethod
    def reject(cls, message: str) -> Failure:
        """This input will never be accepted."""
        return Failure(Disposition.REJECT, message)

    @classmethod
    def reauthorize(cls, message: str) -> Failure:
        """The application refused the credential."""
        return Failure(Disposition.REAUTHORIZE, message)

    @classmethod
    def misconfigured(cls, message: str) -> Failure:
        """The workflow's author has to change the step or the connection."""
        return Failure(Disposition.MISCONFIGURED, message)

    def because(
        self,
        *,
        status: int | None = None,
        code: str | None = None,
        record: int | None = None,
        field: str | None = None,
        body: bytes | None = None,
    ) -> Failure:
        """Adds where it comes from; what is not named stays as it is. Gives this failure back."""
        found = {
            "status": status,
            "code": code,
            "record": record,
            "field": field,
            "body": None if body is None else start_of(body),
        }
        known = {name: value for name, value in found.items() if value is not None}
        self.cause = replace(self.cause or Cause(), **known)
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Failure) and self._parts() == other._parts()

    __hash__ = Exception.__hash__

    def __repr__(self) -> str:
        return f"Failure.{self.disposition.value}({self.message!r}, cause={self.cause!r})"

    def _parts(self) -> tuple[object, ...]:
        return (self.disposition, self.message, self.after_ms, self.cause)


def start_of(body: bytes) -> str:
    """The start of a body as text; a character that the cut goes through is left out."""
    start = body[:BODY_START_BYTES]
    try:
        return start.decode()
    except UnicodeDecodeError as error:
        is_cut = error.reason == "unexpected end of data"
        return start[: error.start].decode() if is_cut else start.decode(errors="replace")
