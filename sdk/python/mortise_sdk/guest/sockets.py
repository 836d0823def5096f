"""`http.client`, and with it `urllib.request`, without sockets: a component has none, and no TLS.

`HTTPConnection` and `HTTPSConnection` stay what they are, and talk to something that looks like a socket:
what is written to it becomes one request of `wasi:http`, and what is read from it comes from the answer. The
host does the rest: it checks what may be reached, resolves, connects, and speaks TLS.
"""

from __future__ import annotations

import http
import http.client
import io
import socket
from collections.abc import Callable
from typing import Any, Protocol

from mortise_sdk.guest import wire

STATUSES = {int(status): status.phrase for status in http.HTTPStatus}


class Answer(Protocol):
    """The head of an answer, and its body to read from."""

    status: int
    headers: list[tuple[str, bytes]]

    def read(self, length: int) -> bytes: ...
    def close(self) -> None: ...


Send = Callable[[str, str, wire.Sent, float | None], Answer]
"""Scheme, authority, request and timeout in seconds."""


class Connection:
    """As much of a socket as `http.client` uses."""

    def __init__(self, send: Send, scheme: str, authority: str, timeout: float | None) -> None:
        self._send = send
        self._to = (scheme, authority)
        self._timeout = timeout
        self._written = bytearray()
        self._reader = io.BufferedReader(io.BytesIO())

    def sendall(self, data: bytes) -> None:
        """Sends a request as soon as it is whole, so that what goes wrong is raised where it always was."""
        self._written += data
        sent = wire.take_apart(bytes(self._written))
        if sent is not None:
            self._written.clear()
            self._reader = io.BufferedReader(Reader(sent.method, self._send(*self._to, sent, self._timeout)))

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """The answer to read from."""
        return self._reader

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def setsockopt(self, *_: Any) -> None:
        """There is nothing to set."""

    def close(self) -> None:
        """Nothing is held."""


class Reader(io.RawIOBase):
    """An answer as the bytes of HTTP/1.1."""

    def __init__(self, method: str, answer: Answer) -> None:
        self._rest = wire.head(answer.status, STATUSES.get(answer.status, ""), answer.headers)
        self._answer = answer
        self._is_at_end = method == "HEAD"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest and not self._is_at_end:
            self._rest = self._answer.read(len(buffer))
            self._is_at_end = not self._rest
        piece = self._rest[: len(buffer)]
        self._rest = self._rest[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._answer.close()
        super().close()


class HTTPSConnection(http.client.HTTPConnection):
    """The standard library has this class only where it was built with TLS."""

    default_port = http.client.HTTPS_PORT

    def __init__(self, host: str, port: int | None = None, **named: Any) -> None:
        # Certificates and contexts are the host's.
        kept = {name: value for name, value in named.items() if name in ("timeout", "source_address", "blocksize")}
        super().__init__(host, port, **kept)


def install(send: Send) -> None:
    """Puts it in place. It has to come before `urllib.request`, which looks for `HTTPSConnection` once."""

    def connect(self: http.client.HTTPConnection) -> None:
        if self._tunnel_host:
            raise OSError("a plugin has no proxies: the host connects")
        scheme = "https" if isinstance(self, HTTPSConnection) else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        authority = host if self.port == self.default_port else f"{host}:{self.port}"
        is_usual = self.timeout is socket._GLOBAL_DEFAULT_TIMEOUT
        self.sock = Connection(send, scheme, authority, socket.getdefaulttimeout() if is_usual else self.timeout)

    http.client.HTTPConnection.connect = connect
    http.client.HTTPSConnection = HTTPSConnection
    http.client._create_https_context = lambda _: None
