from mortise_sdk import fake
from mortise_sdk.fake import Answer, Host

from plugin.new_tickets import new_tickets


def news(*ids, more=False):
    tickets = [
        {"id": ticket, "subject": "a", "status": "open", "created_at": "2026-01-05T08:00:00Z"}
        for ticket in ids
    ]
    return Answer.json(200, {"tickets": tickets, "more": more})


def test_a_trigger_that_begins_now_only_looks_where_it_is():
    with Host(answers=[news("t-6", "t-7")]) as host:
        first = fake.poll(new_tickets, {"start": "now"})
    assert (first.events, first.cursor) == ([], {"after": "t-7"})
    assert host.requests[0].url == "https://api.desk.example/tickets/new"


def test_a_trigger_that_begins_at_the_beginning_tells_everything():
    with Host(answers=[news("t-1", more=True)]):
        first = fake.poll(new_tickets, {"start": "beginning"})
    assert ([event.id for event in first.events], first.more) == (["t-1"], True)


def test_what_comes_after_the_cursor_is_new():
    with Host(answers=[news("t-8")]) as host:
        found = fake.poll(new_tickets, {}, {"after": "t-7"})
    event = found.events[0]
    assert (event.id, event.occurred_at, event.ordering_key) == (
        "t-8",
        "2026-01-05T08:00:00Z",
        None,
    )
    assert event.payload["created-at"] == "2026-01-05T08:00:00Z"
    assert host.requests[0].url == "https://api.desk.example/tickets/new?after=t-7"


def test_the_cursor_stays_where_nothing_is_new():
    with Host(answers=[news(), news()]):
        assert fake.poll(new_tickets, {}, {"after": "t-7"}).cursor == {"after": "t-7"}
        assert fake.poll(new_tickets, {}).cursor == {"after": None}
