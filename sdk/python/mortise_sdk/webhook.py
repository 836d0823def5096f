"""Understands an application's webhooks. The host checks the signature as declared, keeps the request and
answers; the function then runs as the first step.

    @webhook("paid", summary="somebody paid", verification=Known("stripe"))
    def paid(watch: Watch, request: Request) -> Reception[Payment]: ...

    @paid.subscribes
    def subscribe(watch: Watch, url: str, memory: str | None) -> Subscription: ...

A function of three parameters gets the subscription's memory between both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from mortise_sdk import codec, verification
from mortise_sdk.descriptor import Example
from mortise_sdk.failure import Failure
from mortise_sdk.operation import Operation, Signature, argument
from mortise_sdk.polling import Event
from mortise_sdk.urls import first_header

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Request:
    """What the application sent."""

    method: str = "POST"
    path_and_query: str = "/"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return first_header(self.headers, name)

    def query(self, name: str) -> str | None:
        """The first parameter of a name in the query, decoded."""
        pairs = parse_qsl(self.path_and_query.partition("?")[2], keep_blank_values=True)
        return next((value for known, value in pairs if known == name), None)

    def json(self, type: type[T] | Any = Any) -> T:
        """Reads the body."""
        return codec.read(self.body, type, "webhook's body")


@dataclass
class Response:
    """The answer that an application expects, for webhooks that declare `answers`."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def text(cls, status: int, text: str) -> Response:
        """Plain text."""
        return cls(status, [("content-type", "text/plain; charset=utf-8")], text.encode())

    @classmethod
    def json(cls, status: int, value: Any) -> Response:
        """A value as JSON."""
        return cls(status, [("content-type", "application/json")], codec.write(value).encode())


@dataclass
class Reception(Generic[T]):
    """What came of a request."""

    events: list[Event[T]] = field(default_factory=list)
    """In the order in which they happened."""
    answer: Response | None = None
    memory: Any = None
    """The subscription's memory from now on, where it changes."""


@dataclass
class Subscription:
    """A registration with the application."""

    memory: Any
    """Comes back at the next request, at the next `subscribe` and at `unsubscribe`."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Those that the application issued, by name: the host keeps them."""
    renew_after_ms: int | None = None
    """Subscribe again after so long: earlier than the application lets it lapse."""


@dataclass(kw_only=True)
class Webhook(Operation):
    """One trigger that is called."""

    memory: Any
    takes_memory: bool
    on_subscribe: Callable[..., Subscription] | None = None
    on_unsubscribe: Callable[..., None] | None = None

    def subscribes(self, function: F) -> F:
        """Declares the function that registers the webhook at a URL, or renews it where it has a memory."""
        self.on_subscribe = function
        self.said["subscribes"] = True
        self.memory = _memory(Signature.of(function).parameter(2), self.memory)
        return function

    def unsubscribes(self, function: F) -> F:
        """Declares the function that takes the registration back."""
        self.on_unsubscribe = function
        self.memory = _memory(Signature.of(function).parameter(1), self.memory)
        return function

    def receive(self, input: str, memory: str | None, request: Request) -> Reception[Any]:
        """From the component's export to the function."""
        value, kept = codec.read(input, self.input, "input"), self._kept(memory)
        return self.function(value, kept, request) if self.takes_memory else self.function(value, request)

    def subscribe(self, input: str, url: str, memory: str | None) -> Subscription:
        """From the component's export to the function."""
        if self.on_subscribe is None:
            raise Failure.misconfigured(f"`{self.name}` cannot register its webhook")
        return self.on_subscribe(codec.read(input, self.input, "input"), url, self._kept(memory))

    def unsubscribe(self, input: str, memory: str) -> None:
        """From the component's export to the function."""
        if self.on_unsubscribe is None:
            raise Failure.misconfigured(f"`{self.name}` cannot register its webhook")
        self.on_unsubscribe(codec.read(input, self.input, "input"), self._kept(memory))

    def _kept(self, memory: str | None) -> Any:
        return None if memory is None else codec.read(memory, self.memory, "subscription's memory")


def _memory(annotation: Any, known: Any) -> Any:
    return known if annotation is Any else annotation


def webhook(
    name: str,
    *,
    summary: str,
    verification: verification.Verification | None = None,
    answers: bool = False,
    verifies: bool = False,
    examples: list[Example] | None = None,
    authentication: list[str] | None = None,
) -> Callable[[Callable[..., Any]], Webhook]:
    """Makes a trigger of a function of the input and the request. One that `answers` or `verifies` runs
    before the answer, with no HTTP and one second."""

    def make(function: Callable[..., Any]) -> Webhook:
        signature = Signature.of(function)
        takes_memory = len(signature.parameters) > 2
        return Webhook(
            role="webhook",
            interface="webhooks",
            name=name,
            summary=summary,
            function=function,
            input=signature.parameter(0),
            output=argument(signature.result, Reception),
            examples=examples or [],
            said={
                "verification": _describe(verification),
                "answers": answers,
                "verifies": verifies,
                "authentication": authentication,
            },
            memory=signature.parameter(1) if takes_memory else Any,
            takes_memory=takes_memory,
        )

    return make


def _describe(declared: verification.Verification | None) -> dict[str, Any] | None:
    return None if declared is None else verification.describe(declared)
