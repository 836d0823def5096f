"""What a plugin imports, answered from a script."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from mortise_sdk import codec, host
from mortise_sdk.connection import Algorithm
from mortise_sdk.failure import Failure
from mortise_sdk.files import Info
from mortise_sdk.host import Refused
from mortise_sdk.http import NotSent, Request, Response
from mortise_sdk.log import Level


class Answer:
    """What one HTTP request gets: a `Response`, or a failure such as `http.Unanswered`."""

    @staticmethod
    def json(status: int, body: Any, **headers: str) -> Response:
        """A JSON answer; `retry_after="3"` is the header `retry-after`."""
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return Response(status, [("content-type", "application/json"), *named], codec.write(body).encode())


@dataclass
class FakeFile:
    """A file of the run."""

    content: bytes = b""
    content_type: str = "application/octet-stream"
    name: str | None = None


@dataclass
class LogLine:
    """One line that the plugin logged."""

    level: Level
    message: str
    fields: list[tuple[str, str]]


@dataclass
class Host:
    """The host of a test: no connection, no answers, the first attempt with the key `test-key` and 30 s
    left, unless it is said otherwise."""

    answers: list[Response | Failure] = field(default_factory=list)
    """In the order of the requests; one that is not in the script is not sent."""
    connection: Any = None
    """The settings of a connection."""
    files: dict[str, FakeFile] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    """What `state` keeps."""
    number: int = 1
    """Of the attempt."""
    key: str = "test-key"
    time_left_ms: int = 30_000
    is_cancelled: bool = False
    callback: str | None = None
    """Where the application can call back."""
    requests: list[Request] = field(default_factory=list)
    """The requests so far."""
    lines: list[LogLine] = field(default_factory=list)
    """The log so far."""

    def __enter__(self) -> Host:
        host.install(self)
        return self

    def __exit__(self, *_: object) -> None:
        host.remove(self)

    def workflow(self) -> str:
        return "test"

    def run(self) -> str:
        return "01JZ0000000000000000000000"

    def step(self) -> str:
        return "step"

    def attempt(self) -> int:
        return self.number

    def idempotency_key(self) -> str:
        return self.key

    def remaining_ms(self) -> int:
        return self.time_left_ms

    def cancelled(self) -> bool:
        return self.is_cancelled

    def callback_url(self) -> str:
        if self.callback is None:
            raise Refused("this test has no callback address")
        return self.callback

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        if not self.answers:
            raise NotSent("the test has no answer for this request")
        answer = self.answers.pop(0)
        if isinstance(answer, Failure):
            raise answer
        return copy.deepcopy(answer)

    def stat(self, id: str) -> Info:
        file = self._file(id)
        return Info(len(file.content), file.content_type, file.name)

    def read(self, id: str, offset: int, length: int) -> bytes:
        return self._file(id).content[offset : offset + length]

    def create(self, name: str | None, content_type: str) -> str:
        id = f"file-{len(self.files) + 1}"
        self.files[id] = FakeFile(b"", content_type, name)
        return id

    def append(self, id: str, data: bytes) -> None:
        self._file(id).content += data

    def log(self, level: Level, message: str, fields: list[tuple[str, str]]) -> None:
        self.lines.append(LogLine(level, message, fields))

    def get_state(self, key: str) -> bytes | None:
        return self.values.get(key)

    def set_state(self, key: str, value: bytes) -> None:
        self.values[key] = value

    def delete_state(self, key: str) -> None:
        self.values.pop(key, None)

    def settings(self) -> str:
        return codec.write(self.connection)

    def sign(self, secret: str, algorithm: Algorithm, data: bytes) -> bytes:
        """Not a real signature: the name of the secret, a colon, and the data."""
        return secret.encode() + b":" + data

    def verify(self, secret: str, algorithm: Algorithm, data: bytes, signature: bytes) -> bool:
        return self.sign(secret, algorithm, data) == signature

    def _file(self, id: str) -> FakeFile:
        if id not in self.files:
            raise Refused(f"there is no file `{id}`")
        return self.files[id]
