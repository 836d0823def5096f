"""Calls of operations as the host makes them: everything passes through JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from mortise_sdk import codec
from mortise_sdk.action import Action, Page, Suspended, Turn
from mortise_sdk.batch import Batch, Item
from mortise_sdk.check import Account
from mortise_sdk.failure import Failure
from mortise_sdk.polling import Event, News, Polling
from mortise_sdk.transform import Transform
from mortise_sdk.webhook import Reception, Request, Subscription, Webhook


def through(value: Any) -> Any:
    """A value as it comes out on the other side."""
    return codec.parse(codec.write(value))


def check(function: Callable[[], Account]) -> Account:
    """Calls the plugin's check."""
    account = function()
    return dataclasses.replace(account, settings=through(account.settings))


def turn(action: Action, input: Any, turn: Turn | None = None) -> Any:
    """Makes one turn of an action: a `Page`, a `Suspended`, or the whole result."""
    given = turn or Turn()
    passed = Turn(given.kind, through(given.token), through(given.callback))
    outcome = action.invoke(codec.write(input), passed)
    if isinstance(outcome, Page):
        return Page(through(outcome.records), through(outcome.next))
    if isinstance(outcome, Suspended):
        return dataclasses.replace(outcome, token=through(outcome.token))
    return through(outcome)


def invoke(action: Action, input: Any) -> Any:
    """Calls an action that takes one turn; a page gives its records, a suspension its token."""
    outcome = turn(action, input)
    if isinstance(outcome, Page):
        return outcome.records
    return outcome.token if isinstance(outcome, Suspended) else outcome


def batch(operation: Batch, inputs: list[Any]) -> list[Any]:
    """Calls a batch operation with the keys `key-0`, `key-1` and so on."""
    items = [Item(f"key-{index}", codec.write(input)) for index, input in enumerate(inputs)]
    results = operation.invoke(items)
    return [result if isinstance(result, Failure) else codec.parse(result) for result in results]


def poll(operation: Polling, input: Any, cursor: Any = None) -> News[Any]:
    """Polls once."""
    news = operation.poll(codec.write(input), None if cursor is None else codec.write(cursor))
    return News(_events(news.events), through(news.cursor), news.more)


def receive(operation: Webhook, input: Any, request: Request, memory: Any = None) -> Reception[Any]:
    """Hands a request to a webhook."""
    found = operation.receive(codec.write(input), _memory(memory), request)
    return Reception(_events(found.events), found.answer, through(found.memory))


def subscribe(operation: Webhook, input: Any, url: str, memory: Any = None) -> Subscription:
    """Registers a webhook, or renews it where it has a memory."""
    made = operation.subscribe(codec.write(input), url, _memory(memory))
    return dataclasses.replace(made, memory=through(made.memory))


def unsubscribe(operation: Webhook, input: Any, memory: Any) -> None:
    """Takes a webhook's registration back."""
    operation.unsubscribe(codec.write(input), codec.write(memory))


def apply(operation: Transform, config: Any, records: list[Any]) -> list[Any]:
    """Calls a transform: for each record the list that comes of it, or its failure."""
    outcomes = operation.apply(codec.write(config), [codec.write(record) for record in records])
    return [it if isinstance(it, Failure) else [codec.parse(text) for text in it] for it in outcomes]


def run_examples(operation: Transform) -> None:
    """Runs the examples of a transform; the assertion says which one gives something else."""
    for example in operation.examples:
        found: list[Any] = []
        for outcome in apply(operation, example.input, example.records or []):
            assert not isinstance(outcome, Failure), f"`{example.title}` fails: {outcome}"
            found.extend(outcome)
        assert example.output is None or found == through(example.output), f"`{example.title}` gives {found}"


def _events(events: list[Event[Any]]) -> list[Event[Any]]:
    return [dataclasses.replace(event, payload=through(event.payload)) for event in events]


def _memory(memory: Any) -> str | None:
    return None if memory is None else codec.write(memory)
