"""HTTP/1.1 as `http.client` writes and reads it, taken apart and put together."""

from __future__ import annotations

from dataclasses import dataclass

# Of one hop, or the host's own to write.
NOT_PASSED = {
    "connection",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


@dataclass
class Sent:
    """A request that was written."""

    method: str
    target: str
    headers: list[tuple[str, bytes]]
    body: bytes


def take_apart(written: bytes) -> Sent | None:
    """The request in what was written to a connection; nothing as long as it is not whole."""
    head, end, body = written.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.split(b"\r\n")
    method, target, _ = first.decode("ascii").split(" ", 2)
    pairs = [line.partition(b":") for line in lines]
    headers = [(name.decode("ascii").strip(), value.strip()) for name, _, value in pairs]
    said = {name.lower(): value.lower() for name, value in headers}
    if b"chunked" in said.get("transfer-encoding", b""):
        # A look at the end is cheap, and tells as a rule that more is to come.
        whole = unchunk(body) if body.endswith(b"0\r\n\r\n") else None
        if whole is None:
            return None
        body = whole
    elif len(body) < int(said.get("content-length", 0)):
        return None
    return Sent(method, target, [(name, value) for name, value in headers if name.lower() not in NOT_PASSED], body)


def unchunk(coded: bytes) -> bytes | None:
    """A body without its chunks; nothing where the last one is missing."""
    found = []
    while coded:
        size, _, rest = coded.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if length == 0:
            return b"".join(found)
        found.append(rest[:length])
        coded = rest[length + 2 :]
    return None


def head(status: int, reason: str, headers: list[tuple[str, bytes]]) -> bytes:
    """The head of an answer. The body ends with the connection, or after its length."""
    lines = [f"HTTP/1.1 {status} {reason}".encode("ascii")]
    lines += [name.encode("latin-1") + b": " + value for name, value in headers if name.lower() not in NOT_PASSED]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])
