"""Schemas come from types."""

import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest

from mortise_sdk import File, Meta, kebab
from mortise_sdk.schema import schema_of


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@kebab
@dataclass
class Line:
    """One line of
    an order."""

    unit_price: Annotated[float, Meta(minimum=0, description="of one")]
    count: int = 1


@dataclass
class Holds:
    itself: "Holds | None" = None


@pytest.mark.parametrize(
    ("type", "schema"),
    [
        (str, {"type": "string"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (None, {"type": "null"}),
        (Any, True),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Colour, {"type": "string", "enum": ["red", "blue"]}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (list, {"type": "array"}),
        (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (dict[str, Any], {"type": "object"}),
        (str | None, {"type": ["string", "null"]}),
        (Literal["a"] | None, {"type": ["string", "null"], "enum": ["a", None]}),
        (str | int, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (str | int | None, {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
        (Annotated[str, "where it goes"], {"type": "string", "description": "where it goes"}),
        (Annotated[Any, "anything"], {"description": "anything"}),
        (
            Annotated[str, Meta(min_length=1, max_length=9, pattern="^a", format="uri", sensitive=True)],
            {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a", "format": "uri", "x-sensitive": True},
        ),
        (
            Annotated[list[int], Meta(min_items=1, max_items=2)],
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2},
        ),
    ],
)
def test_a_type_is_a_schema(type, schema):
    assert schema_of(type) == schema


def test_a_dataclass_is_an_object():
    assert schema_of(Line) == {
        "type": "object",
        "description": "One line of an order.",
        "properties": {
            "unit-price": {"type": "number", "minimum": 0, "description": "of one"},
            "count": {"type": "integer", "default": 1},
        },
        "required": ["unit-price"],
    }


def test_a_default_stands_as_json_would_have_it():
    @dataclass
    class Order:
        lines: list[Line] = field(default_factory=lambda: [Line(2.5)])

    assert schema_of(Order)["properties"]["lines"]["default"] == [{"unit-price": 2.5, "count": 1}]


def test_a_file_is_an_object_with_its_id():
    assert schema_of(File)["required"] == ["$file"]


def test_a_dataclass_that_holds_itself_is_refused():
    with pytest.raises(TypeError, match="`Holds` holds itself"):
        schema_of(Holds)


def test_a_type_that_json_does_not_have_is_refused():
    with pytest.raises(TypeError, match="has no JSON Schema"):
        schema_of(complex)
