"""Lines in the log of the step. What a plugin prints stands there as well."""

from __future__ import annotations

from enum import Enum

from mortise_sdk import host


class Level(Enum):
    """How important a line is."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


def write(level: Level, message: str, **fields: str) -> None:
    """One line with fields of its own; a secret does not belong here."""
    host.current().log(level, message, list(fields.items()))


def debug(message: str, **fields: str) -> None:
    """For who writes the plugin."""
    write(Level.DEBUG, message, **fields)


def info(message: str, **fields: str) -> None:
    """For who reads the run."""
    write(Level.INFO, message, **fields)


def warn(message: str, **fields: str) -> None:
    """Something is not as it should be, and the call goes on."""
    write(Level.WARN, message, **fields)


def error(message: str, **fields: str) -> None:
    """Something went wrong."""
    write(Level.ERROR, message, **fields)
