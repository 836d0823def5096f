"""A host for tests: what a plugin asks of it is answered from a script and written down.

    with Host(answers=[Answer.json(200, {"ok": True})]) as host:
        assert http.get("https://api.example.com/me").status == 200
    assert host.requests[0].url == "https://api.example.com/me"

`invoke`, `turn`, `poll`, `receive` and the like call an operation as the host does: all values pass through
JSON, so what a test sees is what a workflow gets.
"""

from mortise_sdk.fake.calls import (
    apply,
    batch,
    check,
    invoke,
    poll,
    receive,
    run_examples,
    subscribe,
    turn,
    unsubscribe,
)
from mortise_sdk.fake.host import Answer, FakeFile, Host, LogLine

__all__ = [
    "Answer",
    "FakeFile",
    "Host",
    "LogLine",
    "apply",
    "batch",
    "check",
    "invoke",
    "poll",
    "receive",
    "run_examples",
    "subscribe",
    "turn",
    "unsubscribe",
]
