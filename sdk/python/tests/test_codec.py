"""Typed values from JSON, and back."""

import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest

from mortise_sdk import Disposition, Failure, File, Meta, codec, kebab


class Colour(enum.Enum):
    RED = "red"


@kebab
@dataclass
class Line:
    unit_price: float
    colour: Colour = Colour.RED
    note: str | None = None


@dataclass
class Order:
    id: Annotated[str, Meta(min_length=1, max_length=4)]
    lines: list[Line] = field(default_factory=list)
    extra: dict[str, int] = field(default_factory=dict)
    kind: Literal["a", "b"] = "a"
    who: Line | File | None = None


def test_a_value_comes_back_as_it_went():
    order = Order("o-1", [Line(2.5, note="x")], {"a/b": 1}, "b", File("f"))
    assert codec.read(codec.write(order), Order, "input") == order


def test_what_is_nothing_by_default_is_left_out_and_other_nothings_stay():
    @dataclass
    class Cursor:
        after: str | None
        more: str | None = None

    assert codec.write(Cursor(None)) == '{"after":null}'


def test_keys_that_nobody_knows_are_passed_over():
    assert codec.read('{"unit-price":1,"new":true}', Line, "input") == Line(1.0)


@pytest.mark.parametrize(
    ("text", "pointer", "sentence"),
    [
        ("5", "", "expected an object, found an integer"),
        ("{}", "/id", "missing field `id`"),
        ('{"id":null}', "/id", "expected text, found null"),
        ('{"id":""}', "/id", "expected at least 1 character"),
        ('{"id":"12345"}', "/id", "expected at most 4 characters"),
        ('{"id":"a","lines":{}}', "/lines", "expected a list, found an object"),
        ('{"id":"a","lines":[{"unit-price":true}]}', "/lines/0/unit-price", "expected a number, found true or false"),
        (
            '{"id":"a","lines":[{"unit-price":1,"colour":"green"}]}',
            "/lines/0/colour",
            "expected one of `red`",
        ),
        ('{"id":"a","extra":{"a/b~":"x"}}', "/extra/a~1b~0", "expected an integer, found text"),
        ('{"id":"a","kind":"c"}', "/kind", "expected one of `a`, `b`"),
        ('{"id":"a","who":{"unit-price":"x"}}', "/who/unit-price", "expected a number, found text"),
    ],
)
def test_what_does_not_fit_is_named_by_its_pointer(text, pointer, sentence):
    with pytest.raises(Failure) as raised:
        codec.read(text, Order, "input")
    failure = raised.value
    assert failure.disposition is Disposition.REJECT
    assert failure.message == f"the input does not fit: {sentence}"
    assert failure.cause.field == pointer


@pytest.mark.parametrize("text", ["", "{", "[1] 2", "NaN", "[" * 200_000])
def test_what_is_no_json_is_rejected(text):
    with pytest.raises(Failure, match="the input is not one JSON value"):
        codec.read(text, Any, "input")


@pytest.mark.parametrize(
    ("type", "fits", "does_not"),
    [
        (Annotated[int, Meta(minimum=1, maximum=3)], "3", "4"),
        (Annotated[int, Meta(minimum=1)], "1", "0"),
        (Annotated[str, Meta(pattern="^[A-Z]{2}$")], '"DE"', '"de"'),
        (Annotated[list[int], Meta(min_items=1)], "[1]", "[]"),
        (Annotated[list[int], Meta(max_items=1)], "[1]", "[1,2]"),
        (int | str, '"a"', "[]"),
        (int, "1", "1.0"),
        (float, "1", '"1"'),
        (None, "null", "0"),
    ],
)
def test_a_limit_is_kept(type, fits, does_not):
    codec.read(fits, type, "input")
    with pytest.raises(Failure):
        codec.read(does_not, type, "input")


@pytest.mark.parametrize("value", [float("nan"), {1: "a"}, object(), b"bytes"])
def test_what_has_no_json_is_rejected(value):
    with pytest.raises(Failure, match="the result cannot be written as JSON"):
        codec.write(value)


def test_json_is_written_short_and_as_it_is_read():
    assert codec.write({"ä": [1, 2.5, None, True]}) == '{"ä":[1,2.5,null,true]}'
