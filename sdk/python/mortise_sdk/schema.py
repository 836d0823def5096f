"""The JSON Schema (2020-12) of a type."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Union

from mortise_sdk import codec, fields
from mortise_sdk.fields import Meta

Schema = dict[str, Any] | bool

PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}

WORDS = {
    "description": "description",
    "format": "format",
    "pattern": "pattern",
    "min_length": "minLength",
    "max_length": "maxLength",
    "minimum": "minimum",
    "maximum": "maximum",
    "min_items": "minItems",
    "max_items": "maxItems",
}


def schema_of(annotation: Any) -> Schema:
    """The schema of a type. Schemas of dataclasses inside it stand where they are used, so a
    dataclass cannot hold itself."""
    return _schema(annotation, ())


def _schema(annotation: Any, within: tuple[type, ...]) -> Schema:
    base, meta = fields.split(annotation)
    schema = _bare(base, within)
    words = _words(meta)
    if not words:
        return schema
    return {**(schema if isinstance(schema, dict) else {}), **words}


def _words(meta: Meta) -> dict[str, Any]:
    words = {word: getattr(meta, name) for name, word in WORDS.items()}
    found = {word: value for word, value in words.items() if value is not None}
    return {**found, "x-sensitive": True} if meta.sensitive else found


def _bare(base: Any, within: tuple[type, ...]) -> Schema:
    if base is Any or base is object:
        return True
    if base is None:
        base = type(None)
    if base in PLAIN:
        return {"type": PLAIN[base]}
    if isinstance(base, type) and dataclasses.is_dataclass(base):
        return _object(base, within)
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return _choice([member.value for member in base])
    origin, arguments = typing.get_origin(base) or base, typing.get_args(base)
    if origin is Literal:
        return _choice(list(arguments))
    if origin in (Union, types.UnionType):
        return _union(arguments, within)
    if origin in (list, Sequence, Iterable):
        items = _schema(arguments[0], within) if arguments else True
        return {"type": "array"} if items is True else {"type": "array", "items": items}
    if origin is dict:
        values = _schema(arguments[1], within) if arguments else True
        return {"type": "object"} if values is True else {"type": "object", "additionalProperties": values}
    raise TypeError(f"`{base}` has no JSON Schema: use a dataclass, a list, a dict, a Literal or a plain type")


def _choice(values: list[Any]) -> Schema:
    kinds = {PLAIN.get(type(value)) for value in values}
    kind = kinds.pop() if len(kinds) == 1 else None
    return {"type": kind, "enum": values} if kind else {"enum": values}


def _union(arguments: tuple[Any, ...], within: tuple[type, ...]) -> Schema:
    others = [argument for argument in arguments if argument is not type(None)]
    schemas = [_schema(argument, within) for argument in others]
    if len(others) == len(arguments):
        return {"anyOf": schemas}
    only = schemas[0]
    if len(schemas) > 1 or isinstance(only, bool) or not isinstance(only.get("type"), str):
        return {"anyOf": [*schemas, {"type": "null"}]}
    nullable = {**only, "type": [only["type"], "null"]}
    if "enum" in only:
        nullable["enum"] = [*only["enum"], None]
    return nullable


def _object(cls: type, within: tuple[type, ...]) -> Schema:
    if cls in within:
        raise TypeError(f"`{cls.__name__}` holds itself, and a schema cannot say so")
    properties: dict[str, Schema] = {}
    required = []
    for key in fields.keys(cls):
        schema = _schema(key.type, (*within, cls))
        if key.is_required:
            required.append(key.name)
        elif isinstance(schema, dict):
            schema = {**schema, "default": codec.plain(key.default)}
        properties[key.name] = schema
    found: dict[str, Any] = {"type": "object"}
    if text := fields.description(cls):
        found["description"] = text
    if properties:
        found["properties"] = properties
    if required:
        found["required"] = required
    return found
