"""What the header `retry-after` says (RFC 9110)."""

from __future__ import annotations

import re

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE = re.compile(r"[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT")


def milliseconds(value: str | None, date: str | None) -> int | None:
    """How long to wait: seconds, or a date relative to the answer's own `date`. A plugin asks no clock."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return int(value) * 1000 if len(value) < 16 else None
    then, now = seconds(value), seconds((date or "").strip())
    return None if then is None or now is None else max(then - now, 0) * 1000


def seconds(text: str) -> int | None:
    """Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`."""
    found = DATE.fullmatch(text)
    if found is None or found[2] not in MONTHS:
        return None
    year, month, day = int(found[3]), MONTHS.index(found[2]) + 1, int(found[1])
    # With the year starting in March the leap day is the last one.
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    days = year * 365 + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1 - 719_468
    return days * 86_400 + int(found[4]) * 3600 + int(found[5]) * 60 + int(found[6])
