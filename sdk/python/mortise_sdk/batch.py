"""The same action for many inputs at once, where the application has an endpoint for it.

@batch("add-contacts", summary="adds contacts", repeat="keyed")
def add_contacts(items: list[Item[Contact]]) -> list[Added | Failure]: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mortise_sdk import codec
from mortise_sdk.descriptor import Example, Repeat
from mortise_sdk.failure import Failure
from mortise_sdk.operation import Operation, Signature, argument, members, union

T = TypeVar("T")


@dataclass
class Item(Generic[T]):
    """One input with its own key."""

    idempotency_key: str
    """Pass it on to the application wherever the application takes one."""
    input: T


@dataclass(kw_only=True)
class Batch(Operation):
    """One batch operation."""

    def invoke(self, items: list[Item[str]]) -> list[str | Failure]:
        """From the component's export to the function. An input that cannot be read fails alone."""
        results: list[str | Failure] = ["" for _ in items]
        readable: dict[int, Item[Any]] = {}
        for index, item in enumerate(items):
            try:
                value = codec.read(item.input, self.input, "input")
                readable[index] = Item(item.idempotency_key, value)
            except Failure as failure:
                results[index] = failure.because(record=index)
        if not readable:
            return results
        outputs = self.function(list(readable.values()))
        if len(outputs) != len(readable):
            raise Failure.unclear(f"`{self.name}` gave {len(outputs)} results for {len(readable)} items")
        for index, output in zip(readable, outputs, strict=True):
            results[index] = _result(output, index)
        return results


def _result(output: Any, index: int) -> str | Failure:
    try:
        return output.because(record=index) if isinstance(output, Failure) else codec.write(output)
    except Failure as failure:
        return failure.because(record=index)


def batch(
    name: str,
    *,
    summary: str,
    repeat: Repeat,
    examples: list[Example] | None = None,
    authentication: list[str] | None = None,
) -> Callable[[Callable[..., Any]], Batch]:
    """Makes a batch operation of a function that gives one result for each item, in the same order; a
    failure that is raised is one of all of them."""

    def make(function: Callable[..., Any]) -> Batch:
        signature = Signature.of(function)
        results = members(argument(signature.result, list))
        return Batch(
            role="batch",
            interface="batch",
            name=name,
            summary=summary,
            function=function,
            input=argument(argument(signature.parameter(0), list), Item),
            output=union([result for result in results if result is not Failure]),
            repeat=repeat,
            examples=examples or [],
            said={"authentication": authentication},
        )

    return make
