"""Typed values from JSON, and back."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NoReturn, Union

from mortise_sdk import fields
from mortise_sdk.failure import Failure
from mortise_sdk.fields import Meta

NAMES = {dict: "an object", list: "a list", str: "text", int: "an integer", float: "a number", bool: "true or false"}


class Mismatch(Exception):
    """A value that does not fit, and where: a JSON Pointer."""

    def __init__(self, pointer: str, sentence: str) -> None:
        super().__init__(sentence)
        self.pointer = pointer
        self.sentence = sentence


def read(text: str | bytes, annotation: Any, what: str) -> Any:
    """Reads what the host handed over. The failure names the field by its JSON Pointer."""
    try:
        return fit(parse(text), annotation)
    except ValueError:
        raise Failure.reject(f"the {what} is not one JSON value") from None
    except Mismatch as error:
        failure = Failure.reject(f"the {what} does not fit: {error.sentence}")
        raise failure.because(field=error.pointer) from None


def write(value: Any) -> str:
    """Writes a result; a failure where it has no JSON."""
    try:
        return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise Failure.reject(f"the result cannot be written as JSON: {error}") from error


def parse(text: str | bytes) -> Any:
    """As `json.loads`, without the numbers that JSON does not have."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def plain(value: Any) -> Any:
    """A value without classes: only what JSON has."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((key, getattr(value, key.field)) for key in fields.keys(type(value)))
        return {key.name: plain(it) for key, it in pairs if not (it is None and key.may_be_left_out)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a key of an object has to be text")
        return {key: plain(it) for key, it in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(it) for it in value]
    return value


def token(pointer: str, name: str | int) -> str:
    """A JSON Pointer (RFC 6901) with one more token."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def fit(value: Any, annotation: Any, pointer: str = "") -> Any:
    """A value of a type from what JSON has, or `Mismatch`."""
    base, meta = fields.split(annotation)
    fitted = _fit(value, base, pointer)
    if meta is not fields.NO_META and value is not None:
        _check(value, meta, pointer)
    return fitted


def _fit(value: Any, base: Any, pointer: str) -> Any:
    if base is Any or base is object:
        return value
    if base in (None, type(None)):
        return None if value is None else _expected("null", value, pointer)
    if base is float and type(value) in (int, float):
        return float(value)
    if base in (str, int, bool, float):
        return value if type(value) is base else _expected(NAMES[base], value, pointer)
    if isinstance(base, type) and dataclasses.is_dataclass(base):
        return _object(value, base, pointer)
    if isinstance(base, type) and issubclass(base, enum.Enum):
        _choose(value, [member.value for member in base], pointer)
        return base(value)
    origin, arguments = typing.get_origin(base) or base, typing.get_args(base)
    if origin is Literal:
        return _choose(value, list(arguments), pointer)
    if origin in (Union, types.UnionType):
        return _union(value, arguments, pointer)
    if origin in (list, Sequence, Iterable):
        kind = arguments[0] if arguments else Any
        items = value if type(value) is list else _expected("a list", value, pointer)
        return [fit(item, kind, token(pointer, index)) for index, item in enumerate(items)]
    if origin is dict:
        kind = arguments[1] if arguments else Any
        pairs = value if type(value) is dict else _expected("an object", value, pointer)
        return {key: fit(item, kind, token(pointer, key)) for key, item in pairs.items()}
    raise TypeError(f"nothing of the type `{base}` can be read from JSON")


def _object(value: Any, cls: type, pointer: str) -> Any:
    if type(value) is not dict:
        _expected("an object", value, pointer)
    found = {}
    for key in fields.keys(cls):
        at = token(pointer, key.name)
        if key.name in value:
            found[key.field] = fit(value[key.name], key.type, at)
        elif key.is_required:
            raise Mismatch(at, f"missing field `{key.name}`")
    return cls(**found)


def _union(value: Any, arguments: tuple[Any, ...], pointer: str) -> Any:
    if value is None and type(None) in arguments:
        return None
    mismatches = []
    for argument in arguments:
        if argument is not type(None):
            try:
                return fit(value, argument, pointer)
            except Mismatch as error:
                mismatches.append(error)
    # The one that was followed furthest is the one that was meant.
    raise max(mismatches, key=lambda error: error.pointer.count("/"))


def _choose(value: Any, choices: list[Any], pointer: str) -> Any:
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        names = ", ".join(f"`{choice}`" for choice in choices)
        raise Mismatch(pointer, f"expected one of {names}")
    return value


def _expected(name: str, value: Any, pointer: str) -> NoReturn:
    found = "null" if value is None else NAMES.get(type(value), "something else")
    raise Mismatch(pointer, f"expected {name}, found {found}")


def plural(count: int) -> str:
    return "" if count == 1 else "s"


def _check(value: Any, meta: Meta, pointer: str) -> None:
    size = len(value) if isinstance(value, (str, list)) else 0
    low, high = (meta.min_items, meta.max_items) if isinstance(value, list) else (meta.min_length, meta.max_length)
    is_number = type(value) in (int, float)
    unit = "item" if isinstance(value, list) else "character"
    if low is not None and size < low:
        raise Mismatch(pointer, f"expected at least {low} {unit}{plural(low)}")
    if high is not None and size > high:
        raise Mismatch(pointer, f"expected at most {high} {unit}{plural(high)}")
    if meta.pattern is not None and isinstance(value, str) and not re.search(meta.pattern, value):
        raise Mismatch(pointer, f"expected text like `{meta.pattern}`")
    if meta.minimum is not None and is_number and value < meta.minimum:
        raise Mismatch(pointer, f"expected at least {meta.minimum}")
    if meta.maximum is not None and is_number and value > meta.maximum:
        raise Mismatch(pointer, f"expected at most {meta.maximum}")
