import json

import pytest
from mortise_sdk import Disposition, Failure, Request, fake

from plugin.ticket_closed import ticket_closed

TICKET = {
    "id": "t-1",
    "subject": "a",
    "status": "closed",
    "created_at": "2026-01-05T08:00:00Z",
}
CALL = {"event_id": "e-1", "occurred_at": "2026-01-06T09:00:00Z", "ticket": TICKET}


def test_a_call_is_an_event():
    found = fake.receive(ticket_closed, {}, Request(body=json.dumps(CALL).encode()))
    event = found.events[0]
    assert (event.id, event.occurred_at) == ("e-1", "2026-01-06T09:00:00Z")
    assert (event.payload["id"], event.payload["status"]) == ("t-1", "closed")
    assert found.answer is None


def test_a_call_that_is_none_is_rejected():
    with pytest.raises(Failure) as raised:
        fake.receive(ticket_closed, {}, Request(body=b'{"event_id":"e-1"}'))
    assert raised.value.disposition is Disposition.REJECT
