"""Does one thing in an application: creates, reads, sends, searches.

    @action("create-ticket", summary="creates a ticket", repeat="keyed")
    def create_ticket(ticket: NewTicket) -> Ticket: ...

Most actions are done in one turn. A long list comes page by page, and a workflow walks the pages without
ever holding all of them: the function takes a `Turn` as well and gives a `Page`. An application that works
for minutes is not waited for: `later` and `until_called` suspend the action, which holds no memory and
survives restarts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mortise_sdk import codec
from mortise_sdk.descriptor import Example, Repeat
from mortise_sdk.operation import Operation, Signature, argument, members, union

T = TypeVar("T")


@dataclass(frozen=True)
class Turn:
    """Which turn of a longer operation this is. Each is journaled and retried on its own."""

    kind: str = "start"
    """`start`, `next` for the page after the one that gave the token, or `resumed` after a suspension."""
    token: Any = None
    callback: Any = None
    """What came to the callback, if anything did."""

    @classmethod
    def next(cls, token: Any) -> Turn:
        """The page after the one that gave this token."""
        return cls("next", token)

    @classmethod
    def resumed(cls, token: Any, callback: Any = None) -> Turn:
        """A suspension goes on."""
        return cls("resumed", token, callback)

    def page(self, type: type[T]) -> T | None:
        """The token of the page that is asked for; none at the first one."""
        if self.kind != "next":
            return None
        return codec.read(codec.write(self.token), type, "page token")


@dataclass
class Page(Generic[T]):
    """Some of the records, and what asks for the next ones; nothing at the end."""

    records: list[T]
    next: Any = None


@dataclass
class Suspended:
    """The application works on: ask again later, or wait for its call."""

    token: Any
    """Comes back with the next turn."""
    poll_after_ms: int | None = None
    callback: bool = False
    """The application will call `context.callback_url`."""


def later(token: Any, after_ms: int) -> Suspended:
    """The next turn comes after so many milliseconds, with this token."""
    return Suspended(token, poll_after_ms=after_ms)


def until_called(token: Any) -> Suspended:
    """The application will call `context.callback_url`: the next turn comes with this token and what it
    sent."""
    return Suspended(token, callback=True)


@dataclass(kw_only=True)
class Action(Operation):
    """One action."""

    takes_turn: bool

    def invoke(self, input: str, turn: Turn) -> Any:
        """From the component's export to the function: a `Page`, a `Suspended`, or the whole result."""
        value = codec.read(input, self.input, "input")
        return self.function(value, turn) if self.takes_turn else self.function(value)


def action(
    name: str,
    *,
    summary: str,
    repeat: Repeat,
    stateful: bool = False,
    examples: list[Example] | None = None,
    authentication: list[str] | None = None,
    choices: list[str] | None = None,
    dynamic: bool = False,
) -> Callable[[Callable[..., Any]], Action]:
    """Makes an action of a function of the input and, where it asks for one, a `Turn`. `stateful` lets it
    use `state`, one call at a time; `choices` and `dynamic` are answered by `Explore`."""

    def make(function: Callable[..., Any]) -> Action:
        signature = Signature.of(function)
        results = [result for result in members(signature.result) if result is not Suspended]
        pages = [result for result in results if (getattr(result, "__origin__", result)) is Page]
        records = [argument(page, Page) for page in pages]
        return Action(
            role="action",
            interface="actions",
            name=name,
            summary=summary,
            function=function,
            input=signature.parameter(0),
            output=union(records or results),
            repeat=repeat,
            examples=examples or [],
            said={
                "stateful": stateful,
                "paging": bool(pages),
                "authentication": authentication,
                "choices": choices,
                "dynamic": dynamic,
            },
            takes_turn=len(signature.parameters) > 1,
        )

    return make
