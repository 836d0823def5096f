"""Columns and values: what a table takes, and how it is sent."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from .errors import fields, refusal

NAMES = {
    "INT64": "INTEGER",
    "FLOAT64": "FLOAT",
    "BOOL": "BOOLEAN",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}
KNOWN = {
    "STRING",
    "BYTES",
    "INTEGER",
    "FLOAT",
    "NUMERIC",
    "BIGNUMERIC",
    "BOOLEAN",
    "TIMESTAMP",
    "DATE",
    "TIME",
    "DATETIME",
    "GEOGRAPHY",
    "JSON",
    "RECORD",
}
TEXTS = {
    "DATE": r"\d{4}-\d\d-\d\d",
    "TIME": r"\d\d:\d\d:\d\d(\.\d{1,6})?",
    "DATETIME": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?",
}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass
class Wrong(Exception):
    """A value that a column does not take: where it is, and why, in the words of each way in."""

    location: str
    streamed: str
    loaded: str


def schema(found: list, where: str = "schema.fields") -> list[dict]:
    """Columns as the API answers with them."""
    columns = []
    for n, one in enumerate(found):
        known = {"name", "type", "mode", "description", "fields", "maxLength", "precision", "scale", "policyTags"}
        fields(one, known | {"defaultValueExpression", "roundingMode", "collation"}, f"{where}[{n}]")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,299}", one.get("name", "")):
            raise refusal("invalid", f'Invalid field name "{one.get("name", "")}".')
        kind = one.get("type", "").upper()
        kind = NAMES.get(kind, kind)
        if kind not in KNOWN:
            raise refusal("invalid", f"Invalid value for type: {one.get('type')} is not a valid value")
        column = one | {"type": kind, "mode": one.get("mode", "NULLABLE").upper()}
        if column["mode"] not in ("NULLABLE", "REQUIRED", "REPEATED"):
            raise refusal("invalid", f"Invalid value for mode: {one['mode']} is not a valid value")
        if kind == "RECORD":
            if not one.get("fields"):
                raise refusal("invalid", f"Field {one['name']} is type RECORD but has no schema")
            column["fields"] = schema(one["fields"], f"{where}[{n}].fields")
        columns.append(column)
    return columns


def row(columns: list[dict], given: dict, ignore_unknown: bool, before: str = "") -> dict:
    """A row as it is kept; raises `Wrong`."""
    by_name = {column["name"].lower(): column for column in columns}
    kept = {}
    for name, value in given.items():
        column = by_name.get(name.lower())
        if column is None:
            if not ignore_unknown:
                raise Wrong(before + name, f"no such field: {name}.", f"No such field: {before}{name}.")
            continue
        kept[column["name"]] = cell(column, value, ignore_unknown, before)
    for column in columns:
        if column["mode"] == "REQUIRED" and kept.get(column["name"]) is None:
            name = before + column["name"]
            raise Wrong(name, f"Missing required field: {name}.", f"Missing required field: {name}.")
        kept.setdefault(column["name"], [] if column["mode"] == "REPEATED" else None)
    return {column["name"]: kept[column["name"]] for column in columns}


def cell(column: dict, value, ignore_unknown: bool, before: str):
    """A value as it is kept."""
    name = before + column["name"]
    if column["mode"] == "REPEATED":
        if value is None:
            return []
        if not isinstance(value, list):
            raise Wrong(name, f"This field: {name} is not a list.", f"Array expected. Field: {name}; Value: {value}")
        return [single(column, item, ignore_unknown, f"{name}[{n}]") for n, item in enumerate(value)]
    if isinstance(value, list) and column["type"] != "JSON":
        why = f"Array specified for non-repeated field: {name}."
        raise Wrong(name, why, why)
    return None if value is None else single(column, value, ignore_unknown, name)


def single(column: dict, value, ignore_unknown: bool, place: str):
    kind = column["type"]
    if kind == "RECORD":
        if not isinstance(value, dict):
            raise Wrong(place, f"This field: {place} is not a record.", f"Record expected. Field: {place}; Value: {value}")
        return row(column["fields"], value, ignore_unknown, place + ".")
    try:
        return READ.get(kind, text)(value, kind)
    except (ValueError, InvalidOperation, TypeError):
        word = kind.lower()
        shown = f"string_value: {json.dumps(value)}" if isinstance(value, str) else f"value: {json.dumps(value)}"
        field = place.split("[")[0]
        loaded = f"Could not convert value '{shown}' to {word}. Field: {field}; Value: {value}"
        raise Wrong(place, f"Cannot convert value to {word} (bad value): {value}", loaded) from None


def text(value, kind: str) -> str:
    if isinstance(value, bool) or isinstance(value, (dict, list)):
        raise ValueError
    if kind in TEXTS and not re.fullmatch(TEXTS[kind], str(value)):
        raise ValueError
    return str(value)


def integer(value, _kind) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and value != int(value)):
        raise ValueError
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


def real(value, _kind) -> float:
    if isinstance(value, bool):
        raise ValueError
    return float(value)


def decimal(value, kind) -> str:
    if isinstance(value, bool):
        raise ValueError
    number = Decimal(str(value))
    if not number.is_finite() or -number.normalize().as_tuple().exponent > (9 if kind == "NUMERIC" else 38):
        raise ValueError
    return format(number.normalize(), "f")


def boolean(value, _kind) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError


def moment(value, _kind) -> int:
    """Microseconds since 1970."""
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, (int, float)):
        return round(value * 1_000_000)
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d{1,6})?( ?UTC|Z|[+-]\d\d:?\d\d)?", value)
    if not found:
        raise ValueError
    zone = (found[5] or "Z").strip().replace("UTC", "+00:00").replace("Z", "+00:00")
    at = datetime.fromisoformat(f"{found[1]}T{found[3]}{(found[4] or '.0').ljust(7, '0')}{zone}")
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def binary(value, _kind) -> str:
    base64.b64decode(value, validate=True)
    return value


def document(value, _kind):
    return json.loads(value) if isinstance(value, str) else value


READ = {
    "INTEGER": integer,
    "FLOAT": real,
    "NUMERIC": decimal,
    "BIGNUMERIC": decimal,
    "BOOLEAN": boolean,
    "TIMESTAMP": moment,
    "BYTES": binary,
    "JSON": document,
}


def sent(columns: list[dict], kept: dict, int64: bool) -> dict:
    """A row as it is sent: `{"f": [{"v": …}]}`."""
    return {"f": [{"v": value(column, kept[column["name"]], int64)} for column in columns]}


def value(column: dict, kept, int64: bool):
    if column["mode"] == "REPEATED":
        return [{"v": one(column, item, int64)} for item in kept]
    return None if kept is None else one(column, kept, int64)


def one(column: dict, kept, int64: bool):
    match column["type"]:
        case "RECORD":
            return sent(column["fields"], kept, int64)
        case "BOOLEAN":
            return "true" if kept else "false"
        case "TIMESTAMP" if not int64:
            return f"{kept / 1_000_000:.6E}"
        case "JSON":
            return json.dumps(kept, separators=(",", ":"))
        case _:
            return str(kept)
