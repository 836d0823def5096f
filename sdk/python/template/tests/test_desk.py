import pytest
from mortise_sdk import Disposition, Failure, http
from mortise_sdk.fake import Answer, Host

from plugin import desk


def failure(answer):
    with Host(answers=[answer]), pytest.raises(Failure) as raised:
        desk.send("GET", "/me")
    return raised.value


@pytest.mark.parametrize(
    ("status", "disposition"),
    [
        (302, Disposition.REJECT),
        (401, Disposition.REAUTHORIZE),
        (403, Disposition.REAUTHORIZE),
        (404, Disposition.REJECT),
        (408, Disposition.RETRY),
        (409, Disposition.REJECT),
        (422, Disposition.REJECT),
        (429, Disposition.RETRY),
        (500, Disposition.RETRY),
        (503, Disposition.RETRY),
    ],
)
def test_a_status_is_a_decision(status, disposition):
    found = failure(Answer.json(status, {}))
    assert (found.disposition, found.cause.status) == (disposition, status)


def test_a_failure_says_what_desk_said():
    error = {
        "code": "subject_missing",
        "message": "a ticket needs a subject",
        "field": "/subject",
    }
    found = failure(Answer.json(422, {"error": error}))
    assert found.message == "a ticket needs a subject"
    assert (found.cause.code, found.cause.field) == ("subject_missing", "/subject")
    assert found.cause.body.startswith('{"error":')


def test_desk_says_when_to_come_back():
    assert failure(Answer.json(429, {}, retry_after="3")).after_ms == 3000


def test_a_request_that_did_not_leave_is_tried_again():
    assert failure(http.NotSent("no route")).disposition is Disposition.RETRY


def test_a_request_without_an_answer_leaves_open_what_happened():
    assert failure(http.Unanswered("reset")).disposition is Disposition.UNCLEAR


def test_the_base_address_is_a_setting():
    connection = {"base-url": "https://eu.desk.example/"}
    with Host(answers=[Answer.json(200, {})], connection=connection) as host:
        desk.send("GET", "/me")
    assert host.requests[0].url == "https://eu.desk.example/me"


def test_settings_that_do_not_fit_are_a_matter_for_who_wrote_them():
    with Host(connection={"base-url": 5}), pytest.raises(Failure) as raised:
        desk.send("GET", "/me")
    assert raised.value.disposition is Disposition.MISCONFIGURED
