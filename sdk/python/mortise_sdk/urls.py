"""Parts of URLs and headers."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def with_query(url: str, query: dict[str, str]) -> str:
    """A URL with more parameters, percent-encoded, before its fragment."""
    if not query:
        return url
    head, mark, fragment = url.partition("#")
    separator = "?" if "?" not in head else "" if head.endswith(("?", "&")) else "&"
    return f"{head}{separator}{urlencode(query, quote_via=quote, safe='')}{mark}{fragment}"


def segment(text: str) -> str:
    """Text as one segment of a path, percent-encoded."""
    return quote(text, safe="")


def first_header(headers: list[tuple[str, str]], name: str) -> str | None:
    """The first header of a name, in whatever case."""
    return next((value for known, value in headers if known.lower() == name.lower()), None)
