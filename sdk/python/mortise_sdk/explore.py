"""What only the connected account knows: choices for a field, schemas of custom objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mortise_sdk.failure import Failure
from mortise_sdk.schema import Schema


@dataclass
class Question:
    """Which choices are wanted."""

    operation: str
    field: str
    """JSON Pointer of the field."""
    input: Any
    """What is known of the input."""
    query: str | None = None
    """What a person typed so far."""
    page: Any = None
    """The token of the page that is asked for."""


@dataclass
class Choices:
    """Some of the choices."""

    choices: list[tuple[Any, str]] = field(default_factory=list)
    """Values with the text that a person sees."""
    next: Any = None
    """Asks for the next page; nothing at the end."""


class Explore:
    """The plugin's exploration, for all of its operations: inherit, and write what applies."""

    def options(self, question: Question) -> Choices:
        """Choices for a field of an operation's input, page by page."""
        raise Failure.misconfigured(f"`{question.operation}` has no choices for `{question.field}`")

    def schemas(self, operation: str, input: Any) -> tuple[Schema, Schema]:
        """Input and output schema of an operation, given what is known of its input."""
        raise Failure.misconfigured(f"`{operation}` has no schemas of its own")
