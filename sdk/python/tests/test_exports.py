"""What the host calls, over real bindings."""

import sys
from types import SimpleNamespace

import pytest
from operations import add, scale

from mortise_sdk import Disposition, Failure, Plugin


def test_the_descriptor_is_the_plugins(connector):
    assert connector.calls.Describe.describe() == connector.plugin.to_json()


def test_a_check_gives_an_account(connector):
    account = connector.calls.Check.check()
    assert (account.id, account.label, account.scopes, account.settings) == ("a", "A", [], "null")


def test_turns_go_in_and_outcomes_come_out(connector):
    raw, calls = sys.modules["wit_world.exports.actions"], connector.calls.Actions
    assert calls.invoke("countdown", "12", raw.Turn_Next("2")) == raw.Outcome_Page(raw.Page(["1", "0"], None))
    assert calls.invoke("countdown", "12", raw.Turn_Start()).value.next == "2"
    waiting = calls.invoke("render", '"sea"', raw.Turn_Start())
    assert waiting == raw.Outcome_Suspended(raw.Suspension('{"scene":"sea"}', None, True))
    resumed = calls.invoke("render", '"sea"', raw.Turn_Resumed(("{}", '{"cents":3}')))
    assert resumed == raw.Outcome_Done('{"cents":3}')


def test_a_failure_is_an_error_of_the_contract(connector):
    raw = sys.modules["wit_world.exports.actions"]
    with pytest.raises(connector.Err) as raised:
        connector.calls.Actions.invoke("countdown", '"x"', raw.Turn_Start())
    failure = raised.value.value
    assert type(failure.disposition).__name__ == "Disposition_Reject"
    assert failure.message == "the input does not fit: expected an integer, found text"
    assert failure.cause.field == ""


@pytest.mark.parametrize("disposition", list(Disposition))
def test_every_disposition_has_its_case(connector, disposition):
    found = connector.exports.failed(Failure(disposition, "no", after_ms=7)).value
    assert type(found.disposition).__name__ == f"Disposition_{disposition.value.capitalize()}"
    assert getattr(found.disposition, "value", 7) == 7
    assert found.cause is None


def test_what_is_no_failure_ends_the_call(connector):
    def broken():
        raise IndexError("no")

    with pytest.raises(IndexError):
        connector.exports.told(broken)


def test_a_batch_gives_a_result_for_each_item(connector):
    items = [SimpleNamespace(idempotency_key="k", input=text) for text in ("2", "0")]
    four, zero = connector.calls.Batch.invoke("double", items)
    assert four == connector.Ok("4")
    assert zero.value.message == "no zero"


def test_a_poll_gives_events(connector):
    news = connector.calls.Polling.poll("new", "{}", "4")
    event = news.events[0]
    assert (news.cursor, news.more) == ("5", True)
    assert (event.id, event.occurred_at, event.ordering_key) == ("e4", "2026-01-05T08:00:00Z", "k")
    assert event.payload == '{"cents":1}'


def test_a_webhook_receives_and_registers(connector):
    raw, calls = sys.modules["wit_world.exports.webhooks"], connector.calls.Webhooks
    found = calls.receive("paid", "{}", '"h1"', raw.Request("POST", "/", [], b'{"cents":1}'))
    assert (found.events[0].payload, found.answer, found.memory) == ('{"cents":1}', None, '"h1+"')
    answer = calls.receive("paid", "{}", None, raw.Request("GET", "/?challenge=x", [], b"")).answer
    assert (answer.status, answer.body) == (200, b"x")
    made = calls.subscribe("paid", "{}", "https://h", None)
    assert (made.memory, made.secrets, made.renew_after_ms) == ('"h1"', [("signing-secret", "https://h")], 5)
    assert calls.unsubscribe("paid", "{}", '"h1"') is None


def test_exploring_gives_choices(connector):
    found = connector.calls.Explore.options("count", "/a", "{}", None, None)
    assert [(choice.value, choice.label) for choice in found.choices] == [("1", "one")]
    with pytest.raises(connector.Err):
        connector.calls.Explore.schemas("count", "{}")


def test_a_transform_gives_an_outcome_for_each_record(transformer):
    described = Plugin("a/b", "0.1.0", "B", operations=[scale, add])
    apply = transformer.exports.classes(described)["Transform"]().apply
    fine, bad = apply("scale", '{"factor":3}', ['{"cents":5}', '{"cents":"x"}'])
    assert fine == transformer.Ok(['{"cents":15}'])
    assert bad.value.cause.record == 1
    with pytest.raises(transformer.Err):
        apply("none", "{}", [])
