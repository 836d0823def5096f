"""Small values kept between calls of one step or trigger with one connection, for operations that are
declared `stateful`. What a call writes is kept together with its result, or not at all."""

from __future__ import annotations

from mortise_sdk import host


def get(key: str) -> bytes | None:
    """The value of a key, if it has one."""
    return host.current().get_state(key)


def set(key: str, value: bytes) -> None:
    """Keeps a value."""
    host.current().set_state(key, value)


def delete(key: str) -> None:
    """Forgets a key."""
    host.current().delete_state(key)
