"""What a cell holds, how it is entered and how it is read."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

EPOCH = date(1899, 12, 30)
CHARACTERS_MAX = 50_000


@dataclass
class Cell:
    """Text, a number or a boolean; with a formula, what it came to when it was entered. `shown` is a date as its
    cell's format writes it."""

    value: object
    formula: str | None = None
    shown: str | None = None


def serial(day: date, at: datetime | None = None) -> float | int:
    """Days since 30 December 1899."""
    days = (day - EPOCH).days
    if at is None:
        return days
    return days + (at - datetime.combine(day, datetime.min.time())) / timedelta(days=1)


def entered(value, typed: bool, evaluate) -> Cell | None:
    """A value of a request as a cell; `typed` is USER_ENTERED. Empty text empties it."""
    if value == "":
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Cell(float(value))
    if not isinstance(value, str) or not typed:
        return Cell(value)
    if value.startswith("'"):
        return Cell(value[1:])
    if value.startswith("="):
        return Cell(evaluate(value[1:]), formula=value)
    if value.upper() in ("TRUE", "FALSE"):
        return Cell(value.upper() == "TRUE")
    if re.fullmatch(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d+)?", value):
        return Cell(float(value.replace(",", "")))
    for pattern, has_time in (("%Y-%m-%d", False), ("%m/%d/%Y", False), ("%Y-%m-%d %H:%M:%S", True)):
        try:
            at = datetime.strptime(value, pattern)
        except ValueError:
            continue
        return Cell(float(serial(at.date(), at if has_time else None)), shown=value)
    return Cell(value)


def number(value: float) -> int | float:
    """As JSON has it: whole where it is whole."""
    return int(value) if value == int(value) else value


def rendered(cell: Cell | None, render: str, dates: str):
    """A cell as an answer has it."""
    if cell is None:
        return ""
    if render == "FORMULA" and cell.formula:
        return cell.formula
    value = cell.value
    if render == "FORMATTED_VALUE":
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, float):
            return cell.shown or str(number(value))
        return value
    if isinstance(value, float):
        return cell.shown if cell.shown and dates == "FORMATTED_STRING" else number(value)
    return value


def evaluated(formula: str, at) -> object:
    """The few formulas that the tests need: SUM of a range, and two operands with an operator. `at` gives the cells
    of a range as numbers."""
    total = re.fullmatch(r"SUM\(([A-Z]+\d+(?::[A-Z]+\d+)?)\)", formula)
    if total:
        return float(sum(at(total[1])))
    parts = re.fullmatch(r"([A-Z]+\d+|[\d.]+)([-+*/])([A-Z]+\d+|[\d.]+)", formula)
    if not parts:
        return "#NAME?"
    left, right = (float(part) if part[0].isdigit() else float(sum(at(part))) for part in (parts[1], parts[3]))
    if parts[2] == "/" and right == 0:
        return "#DIV/0!"
    return {"+": left + right, "-": left - right, "*": left * right, "/": right and left / right}[parts[2]]
