"""Requests and answers as applications see them."""

import json as json_module
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass
class Request:
    """A request, read whole."""

    method: str
    path: str
    query: list[tuple[str, str]]
    # Names in lower case.
    headers: dict[str, str]
    body: bytes
    # What stands for the names in braces of the route.
    parameters: dict[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """A header; empty where it is not there."""
        return self.headers.get(name.lower(), "")

    def one(self, name: str, default: str | None = None) -> str | None:
        """A parameter of the query."""
        return dict(self.query).get(name, default)

    @property
    def content_type(self) -> str:
        """Without parameters, in lower case."""
        return self.header("content-type").split(";")[0].strip().lower()

    def form(self) -> list[tuple[str, str]]:
        """The body as fields of a form, in order."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    def json(self):
        """The body as JSON; raises `ValueError` where it is none."""
        return json_module.loads(self.body)

    def bearer(self) -> str:
        """The token of `authorization: Bearer`; empty where it is not there."""
        scheme, _, token = self.header("authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass
class Answer:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Refusal(Exception):
    """Ends a request with an answer."""

    def __init__(self, refused_with: Answer):
        super().__init__(refused_with.status)
        self.answer = refused_with


def answer(json=None, status: int = 200, headers: dict | None = None, text: str | None = None) -> Answer:
    """An answer with JSON, with text, or with nothing."""
    headers = dict(headers or {})
    if text is not None:
        headers.setdefault("content-type", "text/plain; charset=utf-8")
        return Answer(status, headers, text.encode())
    if json is None:
        return Answer(status, headers, b"")
    headers.setdefault("content-type", "application/json; charset=utf-8")
    return Answer(status, headers, json_module.dumps(json).encode())
