"""An operation of every role."""

from dataclasses import dataclass
from typing import Any

from mortise_sdk import (
    Choices,
    Event,
    Explore,
    Failure,
    Item,
    News,
    Nothing,
    Page,
    Plugin,
    Question,
    Reception,
    Request,
    Response,
    Start,
    Subscription,
    Suspended,
    Turn,
    action,
    batch,
    later,
    polling,
    transform,
    until_called,
    webhook,
)


@dataclass
class Amount:
    cents: int


@action("countdown", summary="counts down in pages of ten", repeat="safe")
def countdown(start: int, turn: Turn) -> Page[int]:
    at = turn.page(int)
    at = start if at is None else at
    to = max(at - 10, 0)
    return Page(list(range(at - 1, to - 1, -1)), to or None)


@action("render", summary="renders a video", repeat="keyed", stateful=True)
def render(scene: str, turn: Turn) -> Amount | Suspended:
    if turn.kind == "resumed":
        return Amount(turn.callback["cents"])
    return until_called({"scene": scene}) if scene == "sea" else later("t", 500)


@batch("double", summary="doubles", repeat="safe")
def double(items: list[Item[int]]) -> list[int | Failure]:
    return [Failure.reject("no zero") if item.input == 0 else item.input * 2 for item in items]


@dataclass
class Watch:
    start: Start = "now"


@polling("new", summary="something is new")
def new(watch: Watch, cursor: int | None) -> News[Amount]:
    return News([Event(f"e{cursor}", Amount(1), "2026-01-05T08:00:00Z", "k")], (cursor or 0) + 1, more=True)


@webhook("paid", summary="somebody paid", answers=True)
def paid(_: Nothing, memory: str | None, request: Request) -> Reception[Amount]:
    if challenge := request.query("challenge"):
        return Reception(answer=Response.text(200, challenge))
    return Reception([Event("p", request.json(Amount))], memory=f"{memory}+")


@paid.subscribes
def subscribe(_: Nothing, url: str, memory: str | None) -> Subscription:
    return Subscription(memory or "h1", {"signing-secret": url}, renew_after_ms=5)


@paid.unsubscribes
def unsubscribe(_: Nothing, memory: str) -> None:
    assert memory == "h1"


@webhook("plain", summary="something happened")
def plain(_: Nothing, request: Request) -> Reception[Any]:
    return Reception([Event("e", request.json())])


@dataclass
class Config:
    factor: int


@transform("scale", summary="multiplies an amount")
def scale(config: Config, amount: Amount) -> list[Amount]:
    return [Amount(amount.cents * config.factor)]


@transform("sum", summary="adds amounts", records="all")
def add(_: Nothing, amounts: list[Amount]) -> Amount:
    return Amount(sum(amount.cents for amount in amounts))


class Known(Explore):
    def options(self, question: Question) -> Choices:
        return Choices([(1, "one")])


PLUGIN = Plugin("acme/all", "0.1.0", "All", operations=[countdown, render, double, new, paid, plain], explore=Known())
