"""Turns records into records and reaches nothing.

    @transform("scale", summary="multiplies an amount")
    def scale(config: Config, amount: Amount) -> list[Amount]: ...

A transform sees each record alone and gives none, one or more new ones; a failure is that record's. With
`records="all"` it takes a list of all of them and makes one value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from mortise_sdk import codec
from mortise_sdk.descriptor import Example
from mortise_sdk.failure import Disposition, Failure
from mortise_sdk.operation import Operation, Signature, argument
from mortise_sdk.schema import schema_of

Records = Literal["each", "all"]
"""How a transform takes its records: each alone, so that they may come in portions, or all at once."""

Outcome = list[str] | Failure
"""What became of one record."""


@dataclass(kw_only=True)
class Transform(Operation):
    """One transform."""

    record: Any
    records: Records

    def apply(self, config: str, records: list[str]) -> list[Outcome]:
        """From the component's export to the function: one outcome for each record, in the same order."""
        try:
            value = codec.read(config, self.input, "configuration")
        except Failure as failure:
            failure.disposition = Disposition.MISCONFIGURED
            raise
        if self.records == "all":
            return self._all(value, records)
        return [self._each(value, index, text) for index, text in enumerate(records)]

    def _each(self, config: Any, index: int, text: str) -> Outcome:
        try:
            outputs = self.function(config, codec.read(text, self.record, "record"))
            return [codec.write(output) for output in outputs]
        except Failure as failure:
            return failure.because(record=index)

    def _all(self, config: Any, texts: list[str]) -> list[Outcome]:
        records = []
        for index, text in enumerate(texts):
            try:
                records.append(codec.read(text, self.record, "record"))
            except Failure as failure:
                raise failure.because(record=index) from None
        empty: list[Outcome] = [[] for _ in texts[1:]]
        return [[codec.write(self.function(config, records))], *empty]


def transform(
    name: str,
    *,
    summary: str,
    records: Records = "each",
    examples: list[Example] | None = None,
) -> Callable[[Callable[..., Any]], Transform]:
    """Makes a transform of a function of the configuration and a record, or all of them."""

    def make(function: Callable[..., Any]) -> Transform:
        signature = Signature.of(function)
        is_all = records == "all"
        record = argument(signature.parameter(1), list) if is_all else signature.parameter(1)
        return Transform(
            role="transform",
            interface="transform",
            name=name,
            summary=summary,
            function=function,
            input=signature.parameter(0),
            output=signature.result if is_all else argument(signature.result, list),
            examples=examples or [],
            said={"record": schema_of(record), "records": records},
            record=record,
            records=records,
        )

    return make
