import pytest
from mortise_sdk import Disposition, Failure, Turn, fake
from mortise_sdk.fake import Answer, Host

from plugin.list_tickets import list_tickets


def page(id, next_cursor):
    ticket = {"id": id, "subject": "a", "status": "open", "created_at": "2026-01-05T08:00:00Z"}
    return Answer.json(200, {"tickets": [ticket], "next_cursor": next_cursor})


def test_each_page_asks_for_the_next_one_until_there_is_none():
    with Host(answers=[page("t-1", "c2"), page("t-2", None)]) as host:
        first = fake.turn(list_tickets, {"status": "open"})
        second = fake.turn(list_tickets, {"status": "open"}, Turn.next(first.next))
    assert [ticket["id"] for ticket in first.records + second.records] == ["t-1", "t-2"]
    assert (first.next, second.next) == ("c2", None)
    assert [request.url for request in host.requests] == [
        "https://api.desk.example/tickets?status=open",
        "https://api.desk.example/tickets?status=open&cursor=c2",
    ]


def test_a_page_that_names_itself_as_the_next_one_is_not_walked_round_and_round():
    with Host(answers=[page("t-1", "c2")]), pytest.raises(Failure) as raised:
        fake.turn(list_tickets, {}, Turn.next("c2"))
    assert raised.value.disposition is Disposition.RETRY
    assert raised.value.message == "the application named a page as its own next page"
