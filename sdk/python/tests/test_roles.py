"""Operations of every role, called as the host calls them."""

import pytest
from operations import PLUGIN, Known, add, countdown, double, new, paid, plain, render, scale

from mortise_sdk import (
    Disposition,
    Event,
    Failure,
    Item,
    Page,
    Question,
    Request,
    Suspended,
    Turn,
    action,
    batch,
    fake,
)


def test_pages_follow_each_other():
    first = fake.turn(countdown, 12)
    assert (len(first.records), first.next) == (10, 2)
    assert fake.turn(countdown, 12, Turn.next(2)) == Page([1, 0])
    assert fake.invoke(countdown, 3) == [2, 1, 0]


def test_a_token_that_does_not_fit_is_rejected():
    with pytest.raises(Failure, match="the page token does not fit"):
        fake.turn(countdown, 12, Turn.next("two"))


def test_an_action_is_suspended_and_goes_on():
    assert fake.turn(render, "sea") == Suspended({"scene": "sea"}, callback=True)
    assert fake.turn(render, "land") == Suspended("t", poll_after_ms=500)
    assert fake.invoke(render, "land") == "t"
    assert fake.turn(render, "sea", Turn.resumed({}, {"cents": 3})) == {"cents": 3}


def test_an_item_of_a_batch_fails_alone():
    four, zero, text = fake.batch(double, [2, 0, "x"])
    assert (four, zero.message, zero.cause.record, text.cause.record) == (4, "no zero", 1, 2)


def test_a_batch_that_loses_a_result_leaves_open_what_happened():
    @batch("lose", summary="loses", repeat="safe")
    def lose(items: list[Item[int]]) -> list[int]:
        return []

    with pytest.raises(Failure, match="`lose` gave 0 results for 1 items"):
        fake.batch(lose, [1])


def test_a_poll_gives_events_and_a_cursor():
    news = fake.poll(new, {"start": "beginning"}, 4)
    assert (news.cursor, news.more) == (5, True)
    assert news.events == [Event("e4", {"cents": 1}, "2026-01-05T08:00:00Z", "k")]


def test_a_webhook_answers_a_challenge():
    answer = fake.receive(paid, {}, Request("GET", "/paid?x=&challenge=a%20b+c")).answer
    assert (answer.status, answer.body) == (200, b"a b c")


def test_a_webhook_remembers():
    found = fake.receive(paid, {}, Request(body=b'{"cents":250}', headers=[("X-A", "1")]), memory="h1")
    assert (found.events[0].payload, found.memory) == ({"cents": 250}, "h1+")
    assert fake.receive(plain, {}, Request(body=b"[1]")).events[0].payload == [1]


def test_a_webhook_registers_itself_and_takes_it_back():
    made = fake.subscribe(paid, {}, "https://hooks.example/paid")
    assert (made.memory, made.secrets, made.renew_after_ms) == (
        "h1",
        {"signing-secret": "https://hooks.example/paid"},
        5,
    )
    fake.unsubscribe(paid, {}, made.memory)
    with pytest.raises(Failure, match="`plain` cannot register its webhook"):
        fake.subscribe(plain, {}, "https://hooks.example")


def test_a_transform_fails_record_by_record():
    out = fake.apply(scale, {"factor": 3}, [{"cents": 5}, {"cents": "x"}])
    assert out[0] == [{"cents": 15}]
    assert (out[1].cause.record, out[1].cause.field) == (1, "/cents")


def test_a_transform_of_all_records_makes_one_value():
    assert fake.apply(add, {}, [{"cents": 5}, {"cents": 6}]) == [[{"cents": 11}], []]
    assert fake.apply(add, {}, []) == [[{"cents": 0}]]
    with pytest.raises(Failure) as raised:
        fake.apply(add, {}, [{"cents": 5}, {}])
    assert raised.value.cause.record == 1


def test_a_configuration_that_does_not_fit_is_a_matter_for_who_wrote_it():
    with pytest.raises(Failure) as raised:
        fake.apply(scale, {}, [])
    assert raised.value.disposition is Disposition.MISCONFIGURED


@pytest.mark.parametrize(
    ("role", "called"),
    [
        ("action", "action"),
        ("batch", "batch operation"),
        ("polling", "polling operation"),
        ("webhook", "webhook"),
    ],
)
def test_an_operation_that_is_not_there_is_a_matter_for_who_named_it(role, called):
    with pytest.raises(Failure, match=f"this plugin has no {called} called `none`") as raised:
        PLUGIN.operation(role, "none")
    assert raised.value.disposition is Disposition.MISCONFIGURED


def test_roles_are_what_the_operations_are():
    assert PLUGIN.roles() == ["actions", "batch", "polling", "webhooks", "explore"]


def test_what_was_not_written_has_no_choices():
    assert Known().options(Question("a", "/b", {})).choices == [(1, "one")]
    with pytest.raises(Failure, match="`a` has no schemas"):
        Known().schemas("a", {})


def test_a_function_needs_types():
    with pytest.raises(TypeError, match="`bare` needs a type for `input`"):

        @action("bare", summary="says nothing", repeat="safe")
        def bare(input): ...
