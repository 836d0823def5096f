"""A sheet: its cells, and the table to which rows are appended."""

from dataclasses import dataclass, field

from ..google_oauth.errors import refusal
from . import a1
from .a1 import Place
from .cells import CHARACTERS_MAX, Cell, entered, evaluated


@dataclass
class Sheet:
    """Cells by row and column, from 0."""

    id: int
    title: str
    rows: int = 1000
    columns: int = 26
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)

    def properties(self, index: int) -> dict:
        """As the API has them."""
        return {
            "sheetId": self.id,
            "title": self.title,
            "index": index,
            "sheetType": "GRID",
            "gridProperties": {"rowCount": self.rows, "columnCount": self.columns},
        }

    def bounded(self, place: Place) -> Place:
        """A place within the grid; refused where it begins beyond it."""
        top, left = place.top or 0, place.left or 0
        if top >= self.rows or left >= self.columns:
            name = f"{a1.sheet_name(self.title)}!{a1.letters(left)}{top + 1}"
            limits = f"Max rows: {self.rows}, max columns: {self.columns}"
            raise refusal("INVALID_ARGUMENT", f"Range ({name}) exceeds grid limits. {limits}")
        return place.within(self.rows, self.columns)

    def read(self, place: Place, show, by_columns: bool) -> list[list]:
        """Rows, or columns, each without the empty cells at its end, and without the empty ones at the end."""
        outer, inner = range(place.top, place.bottom + 1), range(place.left, place.right + 1)
        if by_columns:
            outer, inner = inner, outer
        lines = []
        for a in outer:
            at = [(b, a) if by_columns else (a, b) for b in inner]
            line = [show(self.cells.get(key)) for key in at]
            while line and line[-1] == "":
                line.pop()
            lines.append(line)
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def write(self, top: int, left: int, lines: list[list], typed: bool) -> tuple[int, int, int]:
        """Writes; null leaves a cell as it is. Gives rows, columns and cells that were written to."""
        touched = set()
        for n, line in enumerate(lines):
            for m, value in enumerate(line):
                if value is None:
                    continue
                if isinstance(value, str) and len(value) > CHARACTERS_MAX:
                    why = f"Your input contains more than the maximum of {CHARACTERS_MAX} characters in a single cell."
                    raise refusal("INVALID_ARGUMENT", why)
                key = (top + n, left + m)
                touched.add(key)
                cell = entered(value, typed, lambda formula: evaluated(formula, self.numbers))
                if cell is None:
                    self.cells.pop(key, None)
                else:
                    self.cells[key] = cell
        return len({row for row, _ in touched}), len({column for _, column in touched}), len(touched)

    def numbers(self, text: str) -> list[float]:
        """The numbers of a range, for formulas."""
        place = a1.place(text).within(self.rows, self.columns)
        inside = [cell.value for key, cell in self.cells.items() if holds(place, key)]
        return [value for value in inside if isinstance(value, float)]

    def clear(self, place: Place) -> None:
        """Empties a place."""
        self.cells = {key: cell for key, cell in self.cells.items() if not holds(place, key)}

    def table(self, place: Place) -> Place | None:
        """The last table that a place touches: the block of cells around its last one, up to an empty row and column."""
        inside = [key for key in self.cells if holds(place, key)]
        if not inside:
            return None
        row, column = max(inside)
        box = Place(row, column, row, column)
        grown = True
        while grown:
            wider = Place(box.top - 1, box.left - 1, box.bottom + 1, box.right + 1)
            near = [key for key in self.cells if holds(wider, key)]
            next_box = Place(
                min(row for row, _ in near),
                min(column for _, column in near),
                max(row for row, _ in near),
                max(column for _, column in near),
            )
            grown = next_box != box
            box = next_box
        return box

    def insert_rows(self, before: int, count: int) -> None:
        """Moves what is there down."""
        self.cells = {(row + count if row >= before else row, column): cell for (row, column), cell in self.cells.items()}
        self.rows += count

    def delete_row(self, row: int) -> None:
        """As a person does."""
        kept = {key: cell for key, cell in self.cells.items() if key[0] != row}
        self.cells = {(r - 1 if r > row else r, column): cell for (r, column), cell in kept.items()}
        self.rows -= 1

    def sort(self, column: int, first: int, descending: bool) -> None:
        """By a column, as a person does; rows above `first` stay."""
        rows = sorted({row for row, _ in self.cells if row >= first})
        key = lambda row: str(getattr(self.cells.get((row, column)), "value", ""))  # noqa: E731
        order = sorted(rows, key=key, reverse=descending)
        to = {old: new for old, new in zip(order, rows)}
        self.cells = {(to.get(row, row), c): cell for (row, c), cell in self.cells.items()}


def holds(place: Place, key: tuple[int, int]) -> bool:
    """Whether a cell is in a place."""
    return place.top <= key[0] <= place.bottom and place.left <= key[1] <= place.right
