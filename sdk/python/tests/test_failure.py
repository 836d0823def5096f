"""Failures and what they keep."""

import pytest

from mortise_sdk import Cause, Disposition, Failure
from mortise_sdk.failure import BODY_START_BYTES


def test_a_cause_grows_and_nothing_of_it_gets_lost():
    failure = Failure.reject("the card was declined").because(status=402, code="card_declined")
    failure.because(record=0, field="/card")
    assert failure.cause == Cause(402, "card_declined", 0, "/card", None)


@pytest.mark.parametrize("disposition", list(Disposition))
def test_there_is_a_way_to_make_each(disposition):
    assert getattr(Failure, disposition.value)("no").disposition is disposition


def test_a_body_is_cut_between_characters():
    body = ("a" * (BODY_START_BYTES - 1) + "ä").encode()
    kept = Failure.reject("no").because(body=body).cause.body
    assert kept == "a" * (BODY_START_BYTES - 1)


def test_a_body_that_is_no_text_is_kept_as_well_as_it_goes():
    assert Failure.reject("no").because(body=b"a\xffb").cause.body == "a�b"


def test_failures_are_compared_by_what_they_say():
    assert Failure.retry("no", 5) == Failure.retry("no", 5)
    assert Failure.retry("no", 5) != Failure.retry("no")
