"""What the host calls: a class for each interface, over the generated bindings."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

from componentize_py_types import Err, Ok

from mortise_sdk import codec
from mortise_sdk.action import Page, Suspended, Turn
from mortise_sdk.batch import Item
from mortise_sdk.descriptor import Plugin
from mortise_sdk.explore import Question
from mortise_sdk.failure import Disposition, Failure
from mortise_sdk.polling import Event
from mortise_sdk.webhook import Request, Response

T = TypeVar("T")


def bound(name: str) -> Any:
    """A module of the bindings; nothing where the component does not have the interface."""
    try:
        return importlib.import_module(f"wit_world.{name}")
    except ImportError:
        return None


# With `wasi:http` there are two interfaces called `types`, and both get longer names.
_types = bound("imports.types") or bound("imports.mortise_plugin_types")
_events = bound("imports.events")
_actions, _check, _batch = bound("exports.actions"), bound("exports.check"), bound("exports.batch")
_polling, _webhooks, _explore = bound("exports.polling"), bound("exports.webhooks"), bound("exports.explore")


def failed(failure: Failure) -> Any:
    """A failure as the host takes it."""
    kind = getattr(_types, f"Disposition_{failure.disposition.name.capitalize()}")
    is_retry = failure.disposition is Disposition.RETRY
    cause = failure.cause
    where = None if cause is None else _types.Cause(cause.status, cause.code, cause.record, cause.field, cause.body)
    return Err(_types.Failure(kind(failure.after_ms) if is_retry else kind(), failure.message, where))


def told(make: Callable[[], T]) -> T:
    """A result, or its failure. Whatever else is raised ends the call, and is in the step's log."""
    try:
        return make()
    except Failure as failure:
        raise failed(failure) from None


def text(value: Any) -> str | None:
    return None if value is None else codec.write(value)


def value(text: str | None) -> Any:
    return None if text is None else codec.parse(text)


def classes(plugin: Plugin) -> dict[str, type]:
    """The classes that the component's module has to have, by name."""
    document = plugin.to_json()

    class Describe:
        def describe(self) -> str:
            return document

    class Check:
        def check(self) -> Any:
            account = told(plugin.check)
            return _check.Account(account.id, account.label, account.scopes, codec.write(account.settings))

    class Actions:
        def invoke(self, operation: str, input: str, turn: Any) -> Any:
            return told(lambda: _outcome(plugin.operation("action", operation).invoke(input, _turn(turn))))

    class Batch:
        def invoke(self, operation: str, items: list[Any]) -> Any:
            given = [Item(item.idempotency_key, item.input) for item in items]
            results = told(lambda: plugin.operation("batch", operation).invoke(given))
            return [failed(it) if isinstance(it, Failure) else Ok(it) for it in results]

    class Polling:
        def poll(self, operation: str, input: str, cursor: str | None) -> Any:
            def poll() -> Any:
                news = plugin.operation("polling", operation).poll(input, cursor)
                return _polling.News(_written(news.events), codec.write(news.cursor), news.more)

            return told(poll)

    class Webhooks:
        def receive(self, operation: str, input: str, memory: str | None, request: Any) -> Any:
            def receive() -> Any:
                it = Request(request.method, request.path_and_query, request.headers, request.body)
                found = plugin.operation("webhook", operation).receive(input, memory, it)
                return _webhooks.Reception(_written(found.events), _answer(found.answer), text(found.memory))

            return told(receive)

        def subscribe(self, operation: str, input: str, url: str, memory: str | None) -> Any:
            def subscribe() -> Any:
                it = plugin.operation("webhook", operation).subscribe(input, url, memory)
                return _webhooks.Subscription(codec.write(it.memory), list(it.secrets.items()), it.renew_after_ms)

            return told(subscribe)

        def unsubscribe(self, operation: str, input: str, memory: str) -> None:
            told(lambda: plugin.operation("webhook", operation).unsubscribe(input, memory))

    class Explore:
        def options(self, operation: str, field: str, input: str, query: str | None, page: str | None) -> Any:
            def options() -> Any:
                found = plugin.explore.options(Question(operation, field, value(input), query, value(page)))
                choices = [_explore.Choice(codec.write(it), label) for it, label in found.choices]
                return _explore.Choices(choices, text(found.next))

            return told(options)

        def schemas(self, operation: str, input: str) -> Any:
            def schemas() -> Any:
                found = plugin.explore.schemas(operation, value(input))
                return codec.write(found[0]), codec.write(found[1])

            return told(schemas)

    class Transform:
        def apply(self, operation: str, config: str, records: list[str]) -> Any:
            outcomes = told(lambda: plugin.operation("transform", operation).apply(config, records))
            return [failed(it) if isinstance(it, Failure) else Ok(it) for it in outcomes]

    made = (Describe, Check, Actions, Batch, Polling, Webhooks, Explore, Transform)
    return {it.__name__: it for it in made}


def _turn(turn: Any) -> Turn:
    kind = type(turn).__name__
    if kind == "Turn_Next":
        return Turn.next(value(turn.value))
    if kind == "Turn_Resumed":
        return Turn.resumed(value(turn.value[0]), value(turn.value[1]))
    return Turn()


def _outcome(outcome: Any) -> Any:
    if isinstance(outcome, Page):
        records = [codec.write(record) for record in outcome.records]
        return _actions.Outcome_Page(_actions.Page(records, text(outcome.next)))
    if isinstance(outcome, Suspended):
        token = codec.write(outcome.token)
        return _actions.Outcome_Suspended(_actions.Suspension(token, outcome.poll_after_ms, outcome.callback))
    return _actions.Outcome_Done(codec.write(outcome))


def _written(events: list[Event[Any]]) -> list[Any]:
    return [
        _events.Event(event.id, event.occurred_at, event.ordering_key, codec.write(event.payload)) for event in events
    ]


def _answer(answer: Response | None) -> Any:
    return None if answer is None else _webhooks.Response(answer.status, answer.headers, answer.body)
