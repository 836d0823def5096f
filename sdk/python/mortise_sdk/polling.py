"""Asks an application for what is new.

    @polling("new-deals", summary="a deal was opened")
    def new_deals(watch: Watch, cursor: int | None) -> News[Deal]: ...

`watch` is what the trigger's `with` holds, with a `start: Start = "now"` of its own, and the cursor is what
the last poll gave; there is none the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from mortise_sdk import codec
from mortise_sdk.descriptor import Example
from mortise_sdk.operation import Operation, Signature, argument

T = TypeVar("T")

Start = Literal["now", "beginning"]
"""Where the first poll of a trigger begins, as the trigger says: with what happens from now on, so that it
gives a cursor and as a rule no events, or with the oldest that the application has."""


@dataclass
class Event(Generic[T]):
    """Something that happened in an application."""

    id: str
    """The application's id: one run for one id of one trigger."""
    payload: T
    """What the workflow sees as `.event`."""
    occurred_at: str | None = None
    """RFC 3339."""
    ordering_key: str | None = None
    """Events of one key keep their order."""


@dataclass
class News(Generic[T]):
    """What is new."""

    events: list[Event[T]]
    """In the order in which they happened."""
    cursor: Any
    """Where the next poll goes on. Kept together with the events or not at all."""
    more: bool = False
    """There is more now: poll again at once."""


@dataclass(kw_only=True)
class Polling(Operation):
    """One trigger that polls."""

    cursor: Any

    def poll(self, input: str, cursor: str | None) -> News[Any]:
        """From the component's export to the function."""
        value = codec.read(input, self.input, "input")
        return self.function(value, None if cursor is None else codec.read(cursor, self.cursor, "cursor"))


def polling(
    name: str,
    *,
    summary: str,
    stateful: bool = False,
    examples: list[Example] | None = None,
    authentication: list[str] | None = None,
) -> Callable[[Callable[..., Any]], Polling]:
    """Makes a trigger of a function of the input and the cursor."""

    def make(function: Callable[..., Any]) -> Polling:
        signature = Signature.of(function)
        return Polling(
            role="polling",
            interface="polling",
            name=name,
            summary=summary,
            function=function,
            input=signature.parameter(0),
            output=argument(signature.result, News),
            examples=examples or [],
            said={"stateful": stateful, "authentication": authentication},
            cursor=signature.parameter(1),
        )

    return make
