"""What a plugin asks of the host, over the generated bindings."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from componentize_py_types import Err

from mortise_sdk import http
from mortise_sdk.connection import Algorithm
from mortise_sdk.files import File, Info
from mortise_sdk.host import Refused
from mortise_sdk.log import Level


def bound(name: str) -> Any:
    """A module of the bindings; nothing where the component does not import the interface."""
    try:
        return importlib.import_module(f"wit_world.imports.{name}")
    except ImportError:
        return None


_connection, _context, _files, _http, _log, _state = map(
    bound, ("connection", "context", "files", "http", "log", "state")
)


def asked(function: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a function that may answer with a sentence."""
    try:
        return function(*arguments)
    except Err as error:
        raise Refused(error.value) from None


class Imports:
    """As `mortise_sdk.host.Imports`."""

    def workflow(self) -> str:
        return _context.workflow()

    def run(self) -> str:
        return _context.run()

    def step(self) -> str:
        return _context.step()

    def attempt(self) -> int:
        return _context.attempt()

    def idempotency_key(self) -> str:
        return _context.idempotency_key()

    def remaining_ms(self) -> int:
        return _context.remaining_ms()

    def cancelled(self) -> bool:
        return _context.cancelled()

    def callback_url(self) -> str:
        return asked(_context.callback_url)

    def send(self, request: http.Request) -> http.Response:
        try:
            answer = _http.send(
                _http.Request(
                    request.method,
                    request.url,
                    request.headers,
                    _body(request.body),
                    _http.Auth.NONE if request.anonymous else _http.Auth.CONNECTION,
                    request.save_as_file,
                    request.timeout_ms,
                )
            )
        except Err as error:
            raise _failure(error.value) from None
        return http.Response(answer.status, answer.headers, _answer(answer.body))

    def stat(self, id: str) -> Info:
        info = asked(_files.stat, id)
        return Info(info.size, info.content_type, info.name)

    def read(self, id: str, offset: int, length: int) -> bytes:
        return asked(_files.read, id, offset, length)

    def create(self, name: str | None, content_type: str) -> str:
        return asked(_files.create, name, content_type)

    def append(self, id: str, data: bytes) -> None:
        asked(_files.append, id, data)

    def log(self, level: Level, message: str, fields: list[tuple[str, str]]) -> None:
        _log.write(_log.Level[level.name], message, fields)

    def get_state(self, key: str) -> bytes | None:
        return _state.get(key)

    def set_state(self, key: str, value: bytes) -> None:
        _state.set(key, value)

    def delete_state(self, key: str) -> None:
        _state.delete(key)

    def settings(self) -> str:
        return _connection.settings()

    def sign(self, secret: str, algorithm: Algorithm, data: bytes) -> bytes:
        return asked(_connection.sign, secret, _connection.Algorithm[algorithm.name], data)

    def verify(self, secret: str, algorithm: Algorithm, data: bytes, signature: bytes) -> bool:
        return asked(_connection.verify, secret, _connection.Algorithm[algorithm.name], data, signature)


def _body(body: http.Body) -> Any:
    if body is None:
        return _http.Body_Empty()
    if isinstance(body, File):
        return _http.Body_File(body.id)
    if isinstance(body, list):
        return _http.Body_Multipart([_part(part) for part in body])
    return _http.Body_Bytes(bytes(body))


def _part(part: http.Part) -> Any:
    is_file = isinstance(part.body, File)
    body = _http.PartBody_File(part.body.id) if is_file else _http.PartBody_Bytes(bytes(part.body))
    return _http.Part(part.name, part.file_name, part.content_type, body)


def _answer(body: Any) -> bytes | File:
    if isinstance(body, _http.Body_File):
        return File(body.value)
    return body.value if isinstance(body, _http.Body_Bytes) else b""


def _failure(error: Any) -> http.Failure:
    kind = type(error).__name__.removeprefix("Error_")
    return getattr(http, kind)(error.value)
