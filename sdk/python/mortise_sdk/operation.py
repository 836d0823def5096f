"""What every operation has: a function, and what the descriptor says about it."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mortise_sdk import document
from mortise_sdk.descriptor import Example, Repeat
from mortise_sdk.schema import schema_of


# A comment, because a docstring would be the description in the schema.
# The input of an operation that takes none.
@dataclass(frozen=True)
class Nothing:
    pass


@dataclass(kw_only=True)
class Operation:
    """One thing that a plugin does. It can be called as the function that it was made of."""

    role: str
    interface: str
    name: str
    summary: str
    function: Callable[..., Any]
    input: Any
    output: Any
    repeat: Repeat = "safe"
    examples: list[Example] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    """More entries of the descriptor; those that are false or nothing are left out."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self.function(*arguments, **named)

    def describe(self) -> dict[str, Any]:
        """The descriptor's entry."""
        entry = {
            "name": self.name,
            "role": self.role,
            "summary": self.summary,
            "input": schema_of(self.input),
            "output": schema_of(self.output),
            "repeat": self.repeat,
        }
        known = {name: value for name, value in self.said.items() if value not in (None, False, [], ())}
        examples = [document.of(example) for example in self.examples]
        return {**entry, **known, **({"examples": examples} if examples else {})}


@dataclass(frozen=True)
class Signature:
    """What the annotations of a function say."""

    parameters: list[Any]
    result: Any

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature:
        """Every parameter and the result have to be annotated: the schemas come from there."""
        hints = typing.get_type_hints(function, include_extras=True)
        names = list(inspect.signature(function).parameters)
        missing = [name for name in [*names, "return"] if name not in hints]
        if missing:
            raise TypeError(f"`{function.__name__}` needs a type for `{missing[0]}`")
        return cls([hints[name] for name in names], hints["return"])

    def parameter(self, index: int) -> Any:
        return self.parameters[index] if index < len(self.parameters) else Nothing


def members(annotation: Any) -> list[Any]:
    """The members of a union, or the one type that it is."""
    is_union = typing.get_origin(annotation) in (typing.Union, type(int | str))
    return list(typing.get_args(annotation)) if is_union else [annotation]


def argument(annotation: Any, of: type) -> Any:
    """`T` of `of[T]`; anything where it is not said."""
    arguments = typing.get_args(annotation) if typing.get_origin(annotation) is of else ()
    return arguments[0] if arguments else Any


def union(annotations: list[Any]) -> Any:
    """One type of several."""
    return typing.Union[tuple(annotations)] if annotations else Any  # noqa: UP007
