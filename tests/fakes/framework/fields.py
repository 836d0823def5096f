"""What a request may hold: an application refuses names that it does not know, lacks what it requires, and tells types
apart. How it says so is its own affair."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Field:
    """A field: `fits` says whether a value is of its type."""

    fits: Callable[[object], bool] = lambda value: isinstance(value, str)
    required: bool = False


@dataclass
class Problem:
    """What is wrong with a field: `unknown`, `missing` or `type`."""

    kind: str
    name: str


def check(given: dict, fields: dict[str, Field]) -> list[Problem]:
    """Everything that is wrong: unknown names first, then what is missing, then types."""
    unknown = [Problem("unknown", name) for name in given if name not in fields]
    missing = [Problem("missing", name) for name, field in fields.items() if field.required and name not in given]
    types = [Problem("type", name) for name, value in given.items() if name in fields and not fields[name].fits(value)]
    return unknown + missing + types
