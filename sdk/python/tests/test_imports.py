"""What a plugin asks of the host, over real bindings."""

import sys
from types import SimpleNamespace

import pytest
from operations import Amount

from mortise_sdk import Failure, File, connection, context, files, host, http, log, state


@pytest.fixture
def asked(connector, monkeypatch):
    """What the host was asked for through the bindings, in order; it answers as `answers` says."""
    calls, answers = [], {}

    def function(name):
        def answer(*arguments):
            calls.append((name, *arguments))
            found = answers.get(name)
            if isinstance(found, Exception):
                raise found
            return found

        return answer

    modules = {name: sys.modules[f"wit_world.imports.{name}"] for name in IMPORTED}
    for name, functions in IMPORTED.items():
        for it in functions:
            monkeypatch.setattr(modules[name], it, function(f"{name}.{it}"))
    imports = connector.imports.Imports()
    host.install(imports)
    yield SimpleNamespace(calls=calls, answers=answers, Err=connector.Err, **modules)
    host.remove(imports)


IMPORTED = {
    "connection": ["settings", "sign", "verify"],
    "context": ["workflow", "run", "step", "attempt", "idempotency_key", "remaining_ms", "cancelled", "callback_url"],
    "files": ["stat", "read", "create", "append"],
    "http": ["send"],
    "log": ["write"],
    "state": ["get", "set", "delete"],
}


def test_a_request_goes_out_as_the_contract_has_it(asked):
    raw = asked.http
    asked.answers["http.send"] = raw.Response(200, [("a", "b")], raw.Body_File("f-2"))
    part = http.Part("file", File("f-1"), "a.png", "image/png")
    answer = http.post("https://a.example", body=[part, http.Part("b", b"c")], anonymous=True, timeout_ms=5)
    assert answer == http.Response(200, [("a", "b")], File("f-2"))
    parts = [
        raw.Part("file", "a.png", "image/png", raw.PartBody_File("f-1")),
        raw.Part("b", None, None, raw.PartBody_Bytes(b"c")),
    ]
    body = raw.Body_Multipart(parts)
    assert asked.calls == [
        ("http.send", raw.Request("POST", "https://a.example", [], body, raw.Auth.NONE, False, 5)),
    ]


def test_every_body_goes_out(asked):
    raw = asked.http
    asked.answers["http.send"] = raw.Response(204, [], raw.Body_Empty())
    for body in (None, b"x", File("f")):
        assert http.put("https://a.example", body=body).content == b""
    sent = [request.body for _, request in asked.calls]
    assert sent == [raw.Body_Empty(), raw.Body_Bytes(b"x"), raw.Body_File("f")]


@pytest.mark.parametrize(
    ("case", "value", "kind"),
    [
        ("Denied", "no", http.Denied),
        ("NotSent", "no", http.NotSent),
        ("Unanswered", "no", http.Unanswered),
        ("Limited", 5, http.Limited),
        ("TooLarge", 5, http.TooLarge),
        ("Unauthorized", "no", http.Unauthorized),
        ("Other", "no", http.Other),
    ],
)
def test_every_error_is_a_failure_of_its_kind(asked, case, value, kind):
    asked.answers["http.send"] = asked.Err(getattr(asked.http, f"Error_{case}")(value))
    with pytest.raises(kind):
        http.get("https://a.example")


def test_the_rest_is_passed_on(asked):
    asked.answers.update(
        {
            "files.stat": asked.files.Info(5, "text/plain", None),
            "files.create": "f-1",
            "connection.settings": '{"cents":3}',
            "context.attempt": 2,
        }
    )
    assert files.stat(File("f")) == files.Info(5, "text/plain", None)
    files.append(files.create("text/csv"), b"x")
    assert connection.settings(Amount) == Amount(3)
    assert context.attempt() == 2
    connection.sign("key", connection.Algorithm.ED25519, b"x")
    connection.verify("key", connection.Algorithm.HMAC_SHA1, b"x", b"y")
    log.warn("odd", field="x")
    state.set("k", b"v")
    algorithms = asked.connection.Algorithm
    assert asked.calls == [
        ("files.stat", "f"),
        ("files.create", None, "text/csv"),
        ("files.append", "f-1", b"x"),
        ("connection.settings",),
        ("context.attempt",),
        ("connection.sign", "key", algorithms.ED25519, b"x"),
        ("connection.verify", "key", algorithms.HMAC_SHA1, b"x", b"y"),
        ("log.write", asked.log.Level.WARN, "odd", [("field", "x")]),
        ("state.set", "k", b"v"),
    ]


def test_a_refusal_is_a_failure_with_the_hosts_sentence(asked):
    asked.answers["files.read"] = asked.Err("there is no file `f`")
    asked.answers["context.callback_url"] = asked.Err("this call has none")
    with pytest.raises(Failure, match="there is no file `f`"):
        files.read(File("f"))
    with pytest.raises(Failure, match="this call has none"):
        context.callback_url()
