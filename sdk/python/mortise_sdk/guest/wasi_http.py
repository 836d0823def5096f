"""One request through `wasi:http`, over the generated bindings."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from componentize_py_types import Err
from wit_world.imports import outgoing_handler, streams
from wit_world.imports import wasi_http_types as types

from mortise_sdk.guest.wire import Sent

PIECE_BYTES = 4096
"""What `blocking-write-and-flush` takes at once."""


@dataclass
class Answer:
    """The head of an answer, and its body to read from."""

    status: int
    headers: list[tuple[str, bytes]]
    body: Any
    stream: Any

    def read(self, length: int) -> bytes:
        """Some of the body; nothing at its end."""
        try:
            return self.stream.blocking_read(length)
        except Err as error:
            if isinstance(error.value, streams.StreamError_Closed):
                return b""
            raise ConnectionResetError("the answer broke off") from None

    def close(self) -> None:
        """Lets go of the stream before the body that it belongs to: the host refuses the other order."""
        for resource in (self.stream, self.body):
            resource.__exit__(None, None, None)


def send(scheme: str, authority: str, sent: Sent, timeout: float | None) -> Answer:
    """Sends a request and waits for the head of its answer."""
    try:
        request = types.OutgoingRequest(types.Fields.from_list(sent.headers))
        request.set_method(types.Method_Other(sent.method))
        request.set_scheme(types.Scheme_Https() if scheme == "https" else types.Scheme_Http())
        request.set_authority(authority)
        request.set_path_with_query(sent.target)
        body = request.body()
        future = outgoing_handler.handle(request, _options(timeout))
        _write(body, sent.body)
        return _answer(future)
    except Err as error:
        raise _error(error.value) from None


def _options(timeout: float | None) -> Any:
    if timeout is None:
        return None
    options, nanoseconds = types.RequestOptions(), int(timeout * 1e9)
    options.set_connect_timeout(nanoseconds)
    options.set_first_byte_timeout(nanoseconds)
    options.set_between_bytes_timeout(nanoseconds)
    return options


def _write(body: Any, content: bytes) -> None:
    with body.write() as stream:
        for start in range(0, len(content), PIECE_BYTES):
            stream.blocking_write_and_flush(content[start : start + PIECE_BYTES])
    types.OutgoingBody.finish(body, None)


def _answer(future: Any) -> Answer:
    with future.subscribe() as pollable:
        pollable.block()
    # An option, a result that says whether it was asked for before, and the result.
    result = future.get().value
    if isinstance(result, Err):
        raise result
    response = result.value
    body = response.consume()
    return Answer(response.status(), response.headers().entries(), body, body.stream())


def _error(code: Any) -> OSError:
    """An error of the kind that the standard library raises. The step's log says what to change."""
    name = type(code).__name__.removeprefix("ErrorCode_").removeprefix("HeaderError_")
    if name in ("HttpRequestDenied", "DestinationIpProhibited"):
        return PermissionError(f"the host refused the request: {name}")
    if name in ("DnsError", "DnsTimeout", "DestinationNotFound"):
        return socket.gaierror(socket.EAI_NONAME, f"the name was not resolved: {name}")
    if name == "ConnectionRefused":
        return ConnectionRefusedError("the connection was refused")
    if name.endswith("Timeout"):
        return TimeoutError(f"the request timed out: {name}")
    return OSError(f"the request failed: {name}")
