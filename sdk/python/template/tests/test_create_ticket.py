import json

import pytest
from mortise_sdk import Disposition, Failure, fake
from mortise_sdk.fake import Answer, Host

from plugin.create_ticket import create_ticket

TICKET = {
    "id": "t-1",
    "subject": "The door is stuck",
    "status": "open",
    "created_at": "2026-01-02T03:04:05.000Z",
}


def test_the_example_creates_a_ticket_with_the_key_of_the_call():
    example = create_ticket.examples[0]
    with Host(answers=[Answer.json(201, TICKET)]) as host:
        assert fake.invoke(create_ticket, example.input) == example.output
    request = host.requests[0]
    assert (request.method, request.url) == ("POST", "https://api.desk.example/tickets")
    assert request.header("idempotency-key") == "test-key"
    assert json.loads(request.body) == {"subject": "The door is stuck", "priority": "high"}


def test_a_ticket_needs_a_subject():
    with Host() as host, pytest.raises(Failure) as raised:
        fake.invoke(create_ticket, {"subject": ""})
    assert raised.value.disposition is Disposition.REJECT
    assert raised.value.cause.field == "/subject"
    assert host.requests == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id":"t-1"}'])
def test_an_answer_that_is_no_ticket_leaves_open_what_happened(body):
    answer = Answer.json(201, {})
    answer.body = body
    with Host(answers=[answer]), pytest.raises(Failure) as raised:
        fake.invoke(create_ticket, {"subject": "a"})
    assert raised.value.disposition is Disposition.UNCLEAR
