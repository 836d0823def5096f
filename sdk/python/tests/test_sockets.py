"""`http.client` and `urllib` over something that is no socket."""

import http.client
import importlib
import urllib.error
import urllib.request
from dataclasses import dataclass, field

import pytest

from mortise_sdk.guest import sockets, wire


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    is_closed: bool = False

    def read(self, length: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.is_closed = True


class Wasi:
    """Where requests end up."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, wire.Sent, float | None]] = []
        self.answer: Answer | OSError = Answer(200)

    def send(self, scheme: str, authority: str, sent: wire.Sent, timeout: float | None) -> Answer:
        self.sent.append((scheme, authority, sent, timeout))
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer


@pytest.fixture
def wasi(monkeypatch):
    """What `install` changes is as it was after the test."""
    host = Wasi()
    monkeypatch.setattr(http.client.HTTPConnection, "connect", http.client.HTTPConnection.connect)
    monkeypatch.setattr(http.client, "HTTPSConnection", None)
    monkeypatch.setattr(http.client, "_create_https_context", None, raising=False)
    sockets.install(host.send)
    importlib.reload(urllib.request)
    # It is what `urllib.request.urlopen` remembers from one test to the next.
    monkeypatch.setattr(urllib.request, "_opener", None)
    return host


def test_urlopen_sends_and_reads(wasi):
    wasi.answer = Answer(200, [("x-a", b"1"), ("transfer-encoding", b"chunked")], [b"hel", b"lo"])
    with urllib.request.urlopen("http://a.example:81/x?y=1", timeout=5) as answer:
        assert (answer.status, answer.headers["x-a"], answer.read()) == (200, "1", b"hello")
    scheme, authority, sent, timeout = wasi.sent[0]
    assert (scheme, authority, timeout) == ("http", "a.example:81", 5)
    assert (sent.method, sent.target, sent.body) == ("GET", "/x?y=1", b"")
    assert {name.lower() for name, _ in sent.headers} == {"accept-encoding", "user-agent"}
    assert wasi.answer.is_closed


def test_https_needs_no_tls_of_its_own(wasi):
    wasi.answer = Answer(201, [], [b"{}"])
    request = urllib.request.Request("https://a.example/x", data=b"a=1", method="PUT")
    assert urllib.request.urlopen(request).status == 201
    scheme, authority, sent, timeout = wasi.sent[0]
    assert (scheme, authority, sent.method, sent.body, timeout) == ("https", "a.example", "PUT", b"a=1", None)


def test_an_answer_that_is_no_2xx_is_an_http_error(wasi):
    wasi.answer = Answer(404, [], [b"no"])
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen("https://a.example")
    assert (raised.value.code, raised.value.reason, raised.value.read()) == (404, "Not Found", b"no")


def test_a_refusal_is_an_error_of_the_standard_library(wasi):
    wasi.answer = PermissionError("the host refused the request")
    with pytest.raises(urllib.error.URLError, match="the host refused"):
        urllib.request.urlopen("https://a.example")


def test_a_connection_is_used_several_times_and_chunks_become_one_body(wasi):
    connection = http.client.HTTPConnection("::1", 81, timeout=3)
    for _ in range(2):
        wasi.answer = Answer(200, [("content-length", b"2")], [b"ok"])
        connection.request(
            "POST", "/", body=iter([b"a", b"bc"]), encode_chunked=True, headers={"transfer-encoding": "chunked"}
        )
        assert connection.getresponse().read() == b"ok"
    assert [(sent.body, authority) for _, authority, sent, _ in wasi.sent] == [(b"abc", "[::1]:81")] * 2


@pytest.mark.parametrize(
    ("written", "body"),
    [
        (b"GET / HTTP/1.1\r\n", None),
        (b"GET / HTTP/1.1\r\n\r\n", b""),
        (b"PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", None),
        (b"PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n0\r\n\r\n", None),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n0\r\n\r\n0\r\n\r\n", b"0\r\n"),
    ],
)
def test_a_request_is_sent_when_it_is_whole(written, body):
    sent = wire.take_apart(written)
    assert (sent and sent.body) == body


def test_a_head_has_no_body(wasi):
    wasi.answer = Answer(200, [("content-length", b"5")], [b"never"])
    connection = http.client.HTTPSConnection("a.example")
    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(wasi):
    wasi.answer = Answer(200, [("content-length", b"5")], [b"abc"])
    with pytest.raises(http.client.IncompleteRead):
        urllib.request.urlopen("http://a.example").read()


def test_there_is_no_proxy(wasi):
    connection = http.client.HTTPConnection("proxy.example")
    connection.set_tunnel("a.example")
    with pytest.raises(OSError, match="a plugin has no proxies"):
        connection.request("GET", "/")


def test_a_status_that_nobody_knows_has_no_phrase(wasi):
    wasi.answer = Answer(299)
    assert urllib.request.urlopen("http://a.example").reason == ""
