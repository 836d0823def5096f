"""HTTP to the hosts that the operator granted.

`get`, `post` and the like send at once and give any answer that comes; `Response.ok` makes the usual
failure of one that is no 2xx. Where nothing came, a failure of the right kind is raised by itself:
`except http.Unanswered` catches one kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from mortise_sdk import codec, context, host, retry_after
from mortise_sdk.failure import Failure
from mortise_sdk.files import File
from mortise_sdk.no_answer import Denied, Limited, NotSent, Other, TooLarge, Unanswered, Unauthorized
from mortise_sdk.urls import first_header, segment, with_query

__all__ = [
    "Body",
    "Denied",
    "Limited",
    "NotSent",
    "Other",
    "Part",
    "Request",
    "Response",
    "TooLarge",
    "Unanswered",
    "Unauthorized",
    "delete",
    "get",
    "patch",
    "post",
    "put",
    "request",
    "segment",
    "send",
    "with_query",
]

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """One part of a form."""

    name: str
    body: bytes | File
    file_name: str | None = None
    content_type: str | None = None


Body = bytes | File | list[Part] | None


@dataclass
class Request:
    """A request as it is handed to the host."""

    method: str
    url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Body = None
    anonymous: bool = False
    """Sent without the connection's credential, to an address that carries its own right."""
    save_as_file: bool = False
    """Keeps the answer's body as a file of the run."""
    timeout_ms: int | None = None

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return first_header(self.headers, name)


@dataclass
class Response:
    """An answer, whatever its status."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | File = b""

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return first_header(self.headers, name)

    @property
    def content(self) -> bytes:
        """The body's bytes; none where it is a file."""
        return b"" if isinstance(self.body, File) else self.body

    def json(self, type: type[T] | Any = Any) -> T:
        """Reads the body. One that is not what was expected leaves open what the application did."""
        try:
            return codec.fit(codec.parse(self.content), type)
        except ValueError:
            sentence = "it is not one JSON value"
        except codec.Mismatch as error:
            at = f" at `{error.pointer}`" if error.pointer else ""
            sentence = error.sentence + at
        failure = Failure.unclear(f"the answer is not the JSON that was expected: {sentence}")
        raise failure.because(status=self.status, body=self.content)

    def ok(self) -> Response:
        """Passes a 2xx on and makes a failure of anything else: 408, 429 and 5xx are to be retried, no
        earlier than `retry-after` says; 401 and 403 want a new credential; the rest is rejected."""
        if 200 <= self.status < 300:
            return self
        raise self.failure()

    def failure(self, message: str | None = None) -> Failure:
        """The failure of an answer that is no 2xx, with the application's own words where there are some."""
        found = self._failure()
        if message is not None:
            found.message = message
        return found.because(status=self.status, body=self.content)

    def _failure(self) -> Failure:
        status = self.status
        if status in (408, 429) or status >= 500:
            after_ms = retry_after.milliseconds(self.header("retry-after"), self.header("date"))
            return Failure.retry(f"the server answered {status}", after_ms)
        if status in (401, 403):
            return Failure.reauthorize(f"the server refused the credential with {status}")
        if 300 <= status < 400:
            location = self.header("location")
            to = f" and points to `{location}`" if location else ""
            return Failure.reject(f"the server answered {status}{to}; redirects are not followed")
        return Failure.reject(f"the server rejected the request with {status}")


def send(request: Request) -> Response:
    """Sends a request; any status is an answer."""
    return host.current().send(request)


def request(
    method: str,
    url: str,
    *,
    query: dict[str, str | None] | None = None,
    headers: dict[str, str] | None = None,
    json: Any = None,
    body: Body = None,
    idempotent: bool = False,
    anonymous: bool = False,
    save_as_file: bool = False,
    timeout_ms: int | None = None,
) -> Response:
    """Sends a request. `authorization`, `cookie` and `host` are the host's. A `query` of nothing is left
    out, `json` is a body with its content type, and `idempotent` passes the call's key on, so that the
    application carries a repeated request out once."""
    lines = list((headers or {}).items())
    if idempotent:
        lines.append(("idempotency-key", context.idempotency_key()))
    if json is not None:
        lines.append(("content-type", "application/json"))
        body = codec.write(json).encode()
    asked = {name: value for name, value in (query or {}).items() if value is not None}
    return send(Request(method, with_query(url, asked), lines, body, anonymous, save_as_file, timeout_ms))


def get(url: str, **options: Any) -> Response:
    """Reads. The options are those of `request`."""
    return request("GET", url, **options)


def post(url: str, **options: Any) -> Response:
    """Creates or does."""
    return request("POST", url, **options)


def put(url: str, **options: Any) -> Response:
    """Replaces."""
    return request("PUT", url, **options)


def patch(url: str, **options: Any) -> Response:
    """Changes."""
    return request("PATCH", url, **options)


def delete(url: str, **options: Any) -> Response:
    """Deletes."""
    return request("DELETE", url, **options)
