"""Requests, and what becomes of their answers."""

import pytest

from mortise_sdk import Disposition, Failure, File, connection, context, files, http, log, retry_after, state
from mortise_sdk.fake import Answer, FakeFile, Host

NOW = "Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_request_is_what_its_options_say():
    with Host(answers=[http.Response(200)]) as host:
        http.post(
            "https://a.example/x?a=1#end",
            query={"b c": "d&e", "left-out": None},
            headers={"x-a": "1"},
            json={"k": "ä"},
            idempotent=True,
            anonymous=True,
            save_as_file=True,
            timeout_ms=5,
        )
    headers = [("x-a", "1"), ("idempotency-key", "test-key"), ("content-type", "application/json")]
    body = '{"k":"ä"}'.encode()
    assert host.requests == [
        http.Request("POST", "https://a.example/x?a=1&b%20c=d%26e#end", headers, body, True, True, 5)
    ]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_there_is_a_function_for_each_method(method):
    with Host(answers=[http.Response(204)]) as host:
        assert getattr(http, method)("https://a.example").status == 204
    assert host.requests[0].method == method.upper()


def test_a_query_goes_where_one_belongs():
    assert http.with_query("https://a.example", {"a": "1"}) == "https://a.example?a=1"
    assert http.with_query("https://a.example?", {"a": "1"}) == "https://a.example?a=1"
    assert http.segment("a b/c?") == "a%20b%2Fc%3F"


@pytest.mark.parametrize(
    ("status", "disposition", "message"),
    [
        (301, Disposition.REJECT, "the server answered 301; redirects are not followed"),
        (401, Disposition.REAUTHORIZE, "the server refused the credential with 401"),
        (403, Disposition.REAUTHORIZE, "the server refused the credential with 403"),
        (404, Disposition.REJECT, "the server rejected the request with 404"),
        (408, Disposition.RETRY, "the server answered 408"),
        (429, Disposition.RETRY, "the server answered 429"),
        (503, Disposition.RETRY, "the server answered 503"),
    ],
)
def test_a_status_is_a_decision(status, disposition, message):
    with pytest.raises(Failure) as raised:
        http.Response(status, body=b"why").ok()
    failure = raised.value
    assert (failure.disposition, failure.message) == (disposition, message)
    assert (failure.cause.status, failure.cause.body) == (status, "why")


def test_a_redirect_says_where_it_points():
    answer = http.Response(302, [("Location", "https://b.example")])
    assert answer.failure().message == (
        "the server answered 302 and points to `https://b.example`; redirects are not followed"
    )


@pytest.mark.parametrize(
    ("value", "date", "wait_ms"),
    [
        ("3", None, 3000),
        (" 0 ", None, 0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", NOW, 60_000),
        ("Sun, 06 Nov 1994 08:00:00 GMT", NOW, 0),
        ("Tue, 29 Feb 2000 00:00:00 GMT", "Mon, 28 Feb 2000 00:00:00 GMT", 86_400_000),
        ("Sun, 06 Nov 1994 08:50:37 GMT", None, None),
        ("Sun, 06 Nie 1994 08:50:37 GMT", NOW, None),
        ("-1", None, None),
        ("9" * 30, None, None),
        ("soon", NOW, None),
        (None, NOW, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value, date, wait_ms):
    assert retry_after.milliseconds(value, date) == wait_ms


def test_a_date_is_counted_from_1970():
    assert retry_after.seconds(NOW) == 784_111_777


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is not one JSON value"),
        (b"\xff", "it is not one JSON value"),
        (b'{"a":"x"}', "expected an integer, found text at `/a`"),
    ],
)
def test_a_body_that_was_not_expected_leaves_open_what_happened(body, why):
    with pytest.raises(Failure) as raised:
        http.Response(201, body=body).json(dict[str, int])
    failure = raised.value
    assert failure.disposition is Disposition.UNCLEAR
    assert failure.message == f"the answer is not the JSON that was expected: {why}"
    assert failure.cause.status == 201


@pytest.mark.parametrize(
    ("failure", "disposition", "message"),
    [
        (http.Denied("no"), Disposition.MISCONFIGURED, "no"),
        (http.NotSent("x"), Disposition.RETRY, "the request was not sent: x"),
        (http.Unanswered("x"), Disposition.UNCLEAR, "no answer came: x"),
        (http.Limited(7), Disposition.RETRY, "the connection's rate is used up"),
        (http.TooLarge(9), Disposition.REJECT, "the answer is larger than 9 bytes"),
        (http.Unauthorized("x"), Disposition.REAUTHORIZE, "x"),
        (http.Other("x"), Disposition.REJECT, "x"),
    ],
)
def test_no_answer_is_a_failure_of_its_kind(failure, disposition, message):
    with Host(answers=[failure]), pytest.raises(type(failure)) as raised:
        http.get("https://a.example")
    assert (raised.value.disposition, raised.value.message) == (disposition, message)


def test_a_used_up_rate_says_how_long():
    assert http.Limited(7).after_ms == 7


def test_a_request_that_the_test_did_not_expect_is_not_sent():
    with pytest.raises(http.NotSent, match="the test has no answer"):
        http.get("https://a.example")


def test_files_log_state_and_the_call_are_the_fakes():
    with Host(files={"a": FakeFile(b"hello", "text/plain", "a.txt")}, number=2, callback="https://c") as host:
        assert files.stat(File("a")) == files.Info(5, "text/plain", "a.txt")
        assert files.read(File("a"), 1, 3) == b"ell"
        made = files.create("text/csv")
        files.append(made, b"x")
        log.info("done", rows="1")
        state.set("k", b"v")
        assert (state.get("k"), context.attempt(), context.callback_url()) == (b"v", 2, "https://c")
        state.delete("k")
    assert host.files[made.id].content == b"x"
    assert [(line.message, line.fields) for line in host.lines] == [("done", [("rows", "1")])]
    assert host.values == {}


def test_what_is_not_there_is_a_failure():
    with pytest.raises(Failure, match="there is no file `x`"):
        files.read(File("x"))
    with pytest.raises(Failure, match="no callback address") as raised:
        context.callback_url()
    assert raised.value.disposition is Disposition.MISCONFIGURED
    assert not connection.present()


def test_signatures_of_the_fake_can_be_verified():
    algorithm = connection.Algorithm.HMAC_SHA256
    signature = connection.sign("key", algorithm, b"data")
    assert connection.verify("key", algorithm, b"data", signature)
    assert not connection.verify("other", algorithm, b"data", signature)


def test_an_answer_of_a_test_is_json_with_headers():
    answer = Answer.json(200, {"a": 1}, retry_after="3")
    assert (answer.json(), answer.header("Retry-After")) == ({"a": 1}, "3")
