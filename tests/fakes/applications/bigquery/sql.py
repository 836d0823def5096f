"""Statements: what GoogleSQL and SQLite have in common is run by SQLite on a copy of the tables."""

import json
import re
import sqlite3
from dataclasses import dataclass, field

from . import types


@dataclass
class Result:
    """What a statement gives: rows with their columns, or how many it changed in which table."""

    kind: str
    columns: list[dict] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)
    affected: int | None = None


@dataclass
class Failed(Exception):
    """A statement that cannot be run."""

    reason: str
    message: str


def run(text: str, parameters: list[dict], tables: dict, location: str) -> Result:
    """Runs a statement on tables, which are `{"dataset.table": table}` with `columns` and `rows`."""
    kind = text.split(None, 1)[0].upper() if text.strip() else ""
    if kind not in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
        raise Failed("invalidQuery", f'Syntax error: Unexpected identifier "{text.split(" ")[0]}" at [1:1]')
    statement, used = named(text, tables, location)
    statement, given = bound(statement, parameters)
    database = sqlite3.connect(":memory:")
    for name in used:
        load(database, name, tables[name])
    try:
        cursor = database.execute(statement, given)
    except sqlite3.Error as error:
        raise Failed("invalidQuery", explained(str(error))) from None
    if kind not in ("SELECT", "WITH"):
        for name in used:
            tables[name].rows = [
                back(tables[name].columns, row) for row in database.execute(f'SELECT * FROM "{name}"')
            ]
        return Result(kind, affected=cursor.rowcount)
    found = cursor.fetchall()
    sources = [column for name in used for column in tables[name].columns]
    columns = [told(head[0], n, sources, found) for n, head in enumerate(cursor.description)]
    return Result("SELECT", columns, [back(columns, row) for row in found])


def named(text: str, tables: dict, location: str) -> tuple[str, list[str]]:
    """The statement with tables under their names in SQLite, and which they are."""
    used = []

    def replace(found: re.Match) -> str:
        whole = found[2].replace("`", "")
        name = ".".join(whole.split(".")[-2:])
        if name not in tables or tables[name].location.lower() != location.lower():
            raise Failed("notFound", f"Not found: Table {name} was not found in location {location}")
        if name not in used:
            used.append(name)
        return f'{found[1]} "{name}"'

    pattern = r"\b(FROM|JOIN|INTO|UPDATE)\s+(`[^`]+`|[\w-]+(?:\.[\w-]+)+)"
    return re.sub(pattern, replace, text, flags=re.IGNORECASE), used


def bound(text: str, parameters: list[dict]) -> tuple[str, dict | list]:
    """Parameters in the way of SQLite; arrays are written out."""
    if parameters and "name" not in parameters[0]:
        return text, [scalar(one["parameterType"]["type"], one["parameterValue"]) for one in parameters]
    given = {}
    for one in parameters:
        name, kind = one["name"], one["parameterType"]
        if kind["type"] == "ARRAY":
            items = one["parameterValue"].get("arrayValues", [])
            for n, item in enumerate(items):
                given[f"{name}_{n}"] = scalar(kind["arrayType"]["type"], item)
            listed = ", ".join(f":{name}_{n}" for n in range(len(items)))
            text = re.sub(rf"UNNEST\(@{name}\)", f"({listed})", text, flags=re.IGNORECASE)
        else:
            given[name] = scalar(kind["type"], one["parameterValue"])
    unknown = [name for name in re.findall(r"@(\w+)", text) if name not in given]
    if unknown:
        raise Failed("invalidQuery", f"Query parameter '{unknown[0]}' not found at [1:1]")
    return re.sub(r"@(\w+)", r":\1", text), given


def scalar(kind: str, found: dict):
    """A parameter's value as SQLite keeps it."""
    text = found.get("value")
    if text is None:
        return None
    kind = types.NAMES.get(kind, kind)
    try:
        kept = types.READ.get(kind, types.text)(text, kind)
    except (ValueError, ArithmeticError):
        raise Failed("invalidQuery", f"Invalid value for query parameter of type {kind}: {text}") from None
    return json.dumps(kept) if kind == "JSON" else kept


def load(database: sqlite3.Connection, name: str, table) -> None:
    """Copies a table; what SQLite has no type for is JSON."""
    columns = ", ".join(f'"{column["name"]}"' for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    database.execute(f'CREATE TABLE "{name}" ({columns})')
    for row in table.rows:
        values = [json.dumps(value) if isinstance(value, (dict, list)) else value for value in row.values()]
        database.execute(f'INSERT INTO "{name}" VALUES ({marks})', values)


def back(columns: list[dict], row: tuple) -> dict:
    """A row of SQLite as a table keeps it."""
    kept = {}
    for column, value in zip(columns, row):
        if column["mode"] == "REPEATED" or column["type"] in ("RECORD", "JSON"):
            value = json.loads(value) if isinstance(value, str) else value
            value = [] if value is None and column["mode"] == "REPEATED" else value
        elif column["type"] == "BOOLEAN" and value is not None:
            value = bool(value)
        kept[column["name"]] = value
    return kept


def told(name: str, place: int, sources: list[dict], rows: list[tuple]) -> dict:
    """The column of a result: as in the table that it comes from, else by its values."""
    same = next((column for column in sources if column["name"].lower() == name.lower()), None)
    if same:
        return same | {"mode": "REPEATED" if same["mode"] == "REPEATED" else "NULLABLE"}
    values = [row[place] for row in rows if row[place] is not None]
    kind = "INTEGER" if all(isinstance(value, int) for value in values) and values else "STRING"
    kind = "FLOAT" if values and all(isinstance(value, float) for value in values) else kind
    plain = re.fullmatch(r"[A-Za-z_]\w*", name)
    return {"name": name if plain else f"f{place}_", "type": kind, "mode": "NULLABLE"}


def explained(error: str) -> str:
    """In BigQuery's words."""
    column = re.search(r"no such column: (\S+)", error)
    if column:
        return f"Unrecognized name: {column[1].split('.')[-1]} at [1:8]"
    near = re.search(r'near "([^"]+)"', error)
    if near:
        return f'Syntax error: Unexpected identifier "{near[1]}" at [1:1]'
    return f"Syntax error: {error} at [1:1]"
