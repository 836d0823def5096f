"""A1 notation: places in a spreadsheet."""

import re
from dataclasses import dataclass, replace

CELL = re.compile(r"([A-Za-z]{1,3})?([1-9]\d*)?")


@dataclass
class Place:
    """Rows and columns from 0, both ends included; none where it is open. Without any it is the whole sheet."""

    top: int | None = None
    left: int | None = None
    bottom: int | None = None
    right: int | None = None

    def within(self, rows: int, columns: int) -> "Place":
        """As far as a grid goes."""
        return Place(
            self.top or 0,
            self.left or 0,
            rows - 1 if self.bottom is None else min(self.bottom, rows - 1),
            columns - 1 if self.right is None else min(self.right, columns - 1),
        )

    @property
    def is_cell(self) -> bool:
        """Whether it is one cell, which is then where something begins."""
        return self.top is not None and self.left is not None and (self.top, self.left) == (self.bottom, self.right)


def letters(column: int) -> str:
    """0 is A."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def index(text: str) -> int:
    """A is 0."""
    value = 0
    for c in text.upper():
        value = value * 26 + ord(c) - 64
    return value - 1


def split(text: str) -> tuple[str | None, str | None]:
    """The sheet's name, as it is, and the place behind it."""
    if text.startswith("'"):
        found = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.+))?", text, re.DOTALL)
        return (found[1].replace("''", "'"), found[2]) if found else (None, None)
    name, mark, place = text.partition("!")
    if mark:
        return (name, place) if name and "'" not in name else (None, None)
    return None, None if "'" in text else text


def place(text: str) -> Place | None:
    """`A1:B2`, `A:B`, `1:2`, `A2:B`; none where it is no place."""
    first, colon, last = text.partition(":")
    start, end = CELL.fullmatch(first), CELL.fullmatch(last if colon else first)
    if not (first and start and end and (last or not colon)):
        return None
    if not colon and not (start[1] and start[2]):
        return None
    column = lambda found: index(found[1]) if found[1] else None  # noqa: E731
    row = lambda found: int(found[2]) - 1 if found[2] else None  # noqa: E731
    found = Place(row(start), column(start), row(end), column(end))
    if None not in (found.top, found.bottom) and found.top > found.bottom:
        found = replace(found, top=found.bottom, bottom=found.top)
    if None not in (found.left, found.right) and found.left > found.right:
        found = replace(found, left=found.right, right=found.left)
    return found


def sheet_name(title: str) -> str:
    """As it stands before `!` in answers: in quotes where it needs them."""
    is_plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", title) and not re.fullmatch(r"[A-Za-z]{1,3}\d+", title)
    return title if is_plain else "'" + title.replace("'", "''") + "'"


def written(title: str, found: Place) -> str:
    """A place whose ends are known."""
    first = f"{letters(found.left)}{found.top + 1}"
    last = f"{letters(found.right)}{found.bottom + 1}"
    return f"{sheet_name(title)}!{first}" + ("" if first == last else f":{last}")
