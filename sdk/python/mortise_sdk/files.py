"""Content too large or too binary for JSON. A file belongs to the run and goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mortise_sdk import host
from mortise_sdk.failure import Failure
from mortise_sdk.fields import Meta


@dataclass(frozen=True)
class File:
    """A file of the run."""

    id: Annotated[str, Meta(key="$file", description="its id")]


@dataclass(frozen=True)
class Info:
    """What is known of a file."""

    size_bytes: int
    content_type: str
    name: str | None = None


def stat(file: File) -> Info:
    """Size, type and name; the failure says what is wrong with the id."""
    try:
        return host.current().stat(file.id)
    except host.Refused as error:
        raise Failure.reject(str(error)) from None


def read(file: File, offset: int = 0, length: int = 65_536) -> bytes:
    """Up to `length` bytes from `offset`; fewer at the end."""
    try:
        return host.current().read(file.id, offset, length)
    except host.Refused as error:
        raise Failure.reject(str(error)) from None


def create(content_type: str, name: str | None = None) -> File:
    """An empty file."""
    try:
        return File(host.current().create(name, content_type))
    except host.Refused as error:
        raise Failure.reject(str(error)) from None


def append(file: File, data: bytes) -> None:
    """Adds bytes at the end of a file that this call created."""
    try:
        host.current().append(file.id, data)
    except host.Refused as error:
        raise Failure.reject(str(error)) from None
