"""Parameters of a form or a query: brackets are read into objects and lists, and held against what an endpoint takes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import invalid


def read(pairs: list[tuple[str, str]]) -> dict:
    """`a[b]=1&c[]=2&d[0][e]=3` as `{"a": {"b": "1"}, "c": ["2"], "d": [{"e": "3"}]}`."""
    tree: dict = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        at, key = tree, first
        for segment in rest:
            at = at.setdefault(key, {})
            if not isinstance(at, dict):
                raise invalid(f"Invalid object: {name}", param=name)
            key = segment or str(len(at))
        at[key] = value
    return {name: lists(value) for name, value in tree.items()}


def lists(value):
    """Objects whose keys are 0, 1, 2 are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: lists(one) for key, one in value.items()}
    is_list = inner and list(inner) == [str(at) for at in range(len(inner))]
    return list(inner.values()) if is_list else inner


@dataclass
class Text:
    """Any text that is not empty."""

    longest: int = 5000

    def take(self, value, param: str):
        if not isinstance(value, str):
            raise invalid("Invalid string: {" + str(value) + "}", param)
        if value == "":
            message = (
                f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; "
                f"however '{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty value."
            )
            raise invalid(message, param, "parameter_invalid_empty")
        if len(value) > self.longest:
            message = f"Invalid string: {value[:4]}...{value[-4:]}; must be at most {self.longest} characters"
            raise invalid(message, param)
        return value


@dataclass
class Integer:
    """A whole number."""

    least: int | None = None
    most: int | None = None

    def take(self, value, param: str):
        if not isinstance(value, str) or not re.fullmatch(r"-?\d+", value):
            raise invalid(f"Invalid integer: {value}", param, "parameter_invalid_integer")
        number = int(value)
        if self.least is not None and number < self.least:
            message = f"This value must be greater than or equal to {self.least}."
            raise invalid(message, param, "parameter_invalid_integer")
        if self.most is not None and number > self.most:
            message = f"This value must be less than or equal to {self.most} (it currently is '{number}')."
            raise invalid(message, param, "parameter_invalid_integer")
        return number


class Boolean:
    """`true` or `false`."""

    def take(self, value, param: str):
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param)
        return value == "true"


class Choice:
    """One of some words."""

    def __init__(self, *words: str):
        self.words = words

    def take(self, value, param: str):
        if value not in self.words:
            listed = ", ".join(self.words[:-1]) + f", or {self.words[-1]}" if len(self.words) > 2 else " or ".join(self.words)
            raise invalid(f"Invalid {param}: must be one of {listed}", param)
        return value


class Currency:
    """Three letters, which may be capitals."""

    KNOWN = "usd eur gbp chf sek dkk nok pln jpy krw vnd xaf isk ugx huf twd bhd jod kwd omr tnd".split()

    def take(self, value, param: str):
        low = value.lower() if isinstance(value, str) else ""
        if low not in self.KNOWN:
            listed = ", ".join(self.KNOWN)
            raise invalid(f"Invalid currency: {value}. Stripe currently supports these currencies: {listed}", param)
        return low


class Metadata:
    """Up to 50 texts of your own."""

    def take(self, value, param: str):
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise invalid("Invalid object", param)
        if len(value) > 50:
            raise invalid("Metadata can have up to 50 keys", param)
        for key, text in value.items():
            if not isinstance(text, str) or len(text) > 500 or len(key) > 40:
                raise invalid("Metadata keys have up to 40 characters and values up to 500", f"{param}[{key}]")
        return {key: text for key, text in value.items() if text != ""}


@dataclass
class Many:
    """A list."""

    of: object
    most: int = 100

    def take(self, value, param: str):
        if not isinstance(value, list):
            raise invalid("Invalid array", param)
        if len(value) > self.most:
            raise invalid(f"Array size {len(value)} exceeded maximum {self.most}", param)
        return [self.of.take(one, f"{param}[{at}]") for at, one in enumerate(value)]


@dataclass
class Object:
    """Named parameters: the parameters of an endpoint are one as well."""

    fields: dict
    required: list = field(default_factory=list)

    def take(self, value, param: str = ""):
        if not isinstance(value, dict):
            raise invalid("Invalid object", param)
        named: Callable[[str], str] = lambda name: f"{param}[{name}]" if param else name
        unknown = [named(name) for name in value if name not in self.fields]
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            raise invalid(f"Received unknown parameter{plural}: {', '.join(unknown)}", unknown[0], "parameter_unknown")
        for name in self.required:
            if name not in value:
                raise invalid(f"Missing required param: {named(name)}.", named(name), "parameter_missing")
        return {name: self.fields[name].take(one, named(name)) for name, one in value.items()}


class Times:
    """A time, or a range of times."""

    RANGE = Object({name: Integer() for name in ("gt", "gte", "lt", "lte")})

    def take(self, value, param: str):
        if isinstance(value, dict):
            return self.RANGE.take(value, param)
        at = Integer().take(value, param)
        return {"gte": at, "lte": at}
