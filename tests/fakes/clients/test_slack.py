"""Slack's own client against its fake."""

import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.blocks import HeaderBlock, SectionBlock
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation import TokenRotator
from slack_sdk.signature import SignatureVerifier

# What the fake's app was given, as Slack gives it to whoever makes an app.
CLIENT_ID = "3336676.569200954261"
CLIENT_SECRET = "client-secret-of-the-app"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHALLENGE = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
GENERAL = "C0GENERAL1"


@pytest.fixture
def slack(fakes):
    return WebClient(token="xoxb-1", base_url=f"{fakes.url('slack')}/api/", retry_handlers=[])


def refusal(call, *args, **named):
    with pytest.raises(SlackApiError) as caught:
        call(*args, **named)
    return caught.value.response


def test_the_token_has_an_account_and_scopes(slack):
    who = slack.auth_test()
    assert who["team"] == "Acme"
    assert who["user"] == "robot"
    assert "chat:write" in who.headers["x-oauth-scopes"].split(",")


def test_a_message_is_posted_changed_and_read(slack):
    blocks = [HeaderBlock(text="Order 1001"), SectionBlock(text="paid")]
    posted = slack.chat_postMessage(channel="#general", text="Order 1001", blocks=blocks)
    assert posted["channel"] == GENERAL
    assert [block["type"] for block in posted["message"]["blocks"]] == ["header", "section"]
    changed = slack.chat_update(channel=GENERAL, ts=posted["ts"], text="Order 1001 was shipped")
    assert changed["text"] == "Order 1001 was shipped"
    [message] = slack.conversations_history(channel=GENERAL)["messages"]
    assert message["ts"] == posted["ts"]
    assert message["text"] == "Order 1001 was shipped"


def test_a_direct_message_opens_its_conversation(slack):
    posted = slack.chat_postMessage(channel="U0ANNA0001", text="hi")
    assert posted["channel"].startswith("D")


def test_history_is_paged_to_its_end_with_the_newest_first(slack):
    sent = [slack.chat_postMessage(channel=GENERAL, text=str(n))["ts"] for n in range(5)]
    pages = [[one["ts"] for one in page["messages"]] for page in slack.conversations_history(channel=GENERAL, limit=2)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sum(pages, []) == sent[::-1]
    within = slack.conversations_history(channel=GENERAL, oldest=sent[1], latest=sent[3])["messages"]
    assert [one["ts"] for one in within] == [sent[2]]
    closed = slack.conversations_history(channel=GENERAL, oldest=sent[1], latest=sent[3], inclusive=True)["messages"]
    assert [one["ts"] for one in closed] == sent[1:4][::-1]


def test_a_thread_has_its_replies_and_the_channel_has_not(slack, fakes):
    first = slack.chat_postMessage(channel=GENERAL, text="who has the key?")["ts"]
    replies = [slack.chat_postMessage(channel=GENERAL, text=str(n), thread_ts=first)["ts"] for n in range(3)]
    pages = slack.conversations_replies(channel=GENERAL, ts=first, limit=2)
    assert [one["ts"] for page in pages for one in page["messages"]] == [first, *replies]
    [parent] = slack.conversations_history(channel=GENERAL)["messages"]
    assert parent["reply_count"] == 3
    assert refusal(slack.conversations_replies, channel=GENERAL, ts="1.000001")["error"] == "thread_not_found"
    # Slack takes a reply to nothing as a message of the channel.
    fakes.ask("slack", "tell", what="delete", channel=GENERAL, ts=first)
    assert "thread_ts" not in slack.chat_postMessage(channel=GENERAL, text="late", thread_ts=first)["message"]


def test_lists_are_paged_to_their_end(slack, fakes):
    fakes.ask("slack", "tell", what="page", most=2)
    members = [user["id"] for page in slack.users_list(limit=200) for user in page["members"]]
    assert len(members) == len(set(members)) == 6
    names = [one["name"] for page in slack.conversations_list(exclude_archived=True) for one in page["channels"]]
    assert names == ["general", "sales", "random"]
    private = slack.conversations_list(types=["private_channel"])["channels"]
    assert [one["name"] for one in private] == ["board"]
    assert refusal(slack.users_list, cursor="bm90aGluZw==")["error"] == "invalid_cursor"


def test_somebody_is_found_by_address(slack):
    assert slack.users_lookupByEmail(email="ANNA@example.com")["user"]["id"] == "U0ANNA0001"
    for email in ["nobody@example.com", "carl@example.com"]:
        assert refusal(slack.users_lookupByEmail, email=email)["error"] == "users_not_found"


def test_errors_come_with_status_200(slack, fakes):
    unknown = refusal(slack.chat_postMessage, channel="C0NOWHERE1", text="hi")
    assert (unknown.status_code, unknown["error"]) == (200, "channel_not_found")
    assert refusal(slack.chat_postMessage, channel="C0RANDOM01", text="hi")["error"] == "not_in_channel"
    assert refusal(slack.chat_postMessage, channel="C0OLD00001", text="hi")["error"] == "is_archived"
    assert refusal(slack.chat_postMessage, channel=GENERAL, text="")["error"] == "no_text"
    assert refusal(slack.chat_update, channel=GENERAL, ts="1.000001", text="x")["error"] == "message_not_found"
    others = fakes.ask("slack", "tell", what="write", channel=GENERAL, text="mine")["ts"]
    assert refusal(slack.chat_update, channel=GENERAL, ts=others, text="x")["error"] == "cant_update_message"
    wrong = refusal(slack.chat_postMessage, channel=GENERAL, text="x", blocks=[{"type": "sections"}])
    assert wrong["error"] == "invalid_blocks"
    assert wrong["response_metadata"]["messages"] == ["[ERROR] unsupported type: sections [json-pointer:/blocks/0/type]"]
    missing = refusal(slack.api_call, "chat.postMessage", json={"text": "hi"})
    assert missing["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
    strange = refusal(slack.api_call, "chat.postMessage", json={"channel": GENERAL, "text": "hi", "txt": "hi"})
    assert strange["error"] == "invalid_arguments"


def test_tokens_are_looked_at(slack, fakes):
    base_url = slack.base_url
    assert refusal(WebClient(token="xoxb-other", base_url=base_url).auth_test)["error"] == "invalid_auth"
    assert refusal(WebClient(base_url=base_url).auth_test)["error"] == "not_authed"
    fakes.ask("slack", "tell", what="scopes", scopes=["chat:write", "users:read"])
    lacking = refusal(slack.users_lookupByEmail, email="anna@example.com")
    assert (lacking["error"], lacking["needed"]) == ("missing_scope", "users:read.email")
    assert lacking["provided"] == "chat:write,users:read"
    assert all("email" not in user["profile"] for user in slack.users_list()["members"])
    fakes.ask("slack", "tell", what="end", error="token_revoked")
    assert refusal(slack.auth_test)["error"] == "token_revoked"


def test_a_rate_ends_with_429_and_a_time_to_wait(slack, fakes):
    fakes.ask("slack", "tell", what="rate", method="chat.postMessage", most=2, **{"window-ms": 30_000})
    for _ in range(2):
        slack.chat_postMessage(channel=GENERAL, text="hi")
    limited = refusal(slack.chat_postMessage, channel=GENERAL, text="hi")
    assert (limited.status_code, limited["error"]) == (429, "ratelimited")
    assert 0 < int(limited.headers["Retry-After"]) <= 30
    fakes.advance(30_000)
    assert slack.chat_postMessage(channel=GENERAL, text="hi")["ok"]


def test_the_client_waits_for_a_rate_by_itself(fakes):
    patient = WebClient(token="xoxb-1", base_url=f"{fakes.url('slack')}/api/")
    patient.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    headers = {"retry-after": "0"}
    fakes.ask("slack", "fault", path="/api/auth.test", status=429, headers=headers, json={"ok": False, "error": "ratelimited"})
    assert patient.auth_test()["team"] == "Acme"


def test_upload(slack, fakes):
    file = slack.files_upload_v2(content="a,b\n1,2\n", filename="may.csv", title="May", channel=GENERAL, initial_comment="look")
    assert file["files"][0]["title"] == "May"
    [message] = slack.conversations_history(channel=GENERAL)["messages"]
    assert (message["text"], message["files"][0]["name"]) == ("look", "may.csv")
    state = fakes.look("slack", "state")
    assert state["files"][0]["content"] == "a,b\n1,2\n"
    assert state["unfinished_uploads"] == 0
    again = [{"id": file["files"][0]["id"], "title": "May"}]
    assert refusal(slack.files_completeUploadExternal, files=again)["error"] == "file_not_found"


def test_what_an_upload_lacks_is_told(slack):
    assert refusal(slack.files_getUploadURLExternal, filename="a", length=0)["error"] == "missing_argument"
    ticket = slack.files_getUploadURLExternal(filename="a", length=3)
    files = [{"id": ticket["file_id"]}]
    assert refusal(slack.files_completeUploadExternal, files=files)["error"] == "file_not_found"
    named = refusal(slack.files_completeUploadExternal, files=files, channel_id="#general")
    assert "json-pointer:/channel_id" in named["response_metadata"]["messages"][0]


def test_a_code_becomes_a_token_that_rotates(fakes):
    fakes.ask("slack", "tell", what="rotation", **{"lifetime-s": 43_200})
    base_url = f"{fakes.url('slack')}/api/"
    asked = {"client_id": CLIENT_ID, "scope": "chat:write,users:read", "redirect_uri": "https://example.com/back"}
    code = fakes.agree("slack", "/oauth/v2/authorize", **asked)["code"]
    client = WebClient(base_url=base_url)
    who = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    given = client.oauth_v2_access(**who, code=code, redirect_uri="https://example.com/back")
    assert given["scope"] == "chat:write,users:read"
    assert WebClient(token=given["access_token"], base_url=base_url).auth_test()["team"] == "Acme"
    assert refusal(client.oauth_v2_access, **who, code=code, redirect_uri="https://example.com/back")["error"] == "code_already_used"
    fakes.advance(given["expires_in"] * 1000)
    assert refusal(WebClient(token=given["access_token"], base_url=base_url).auth_test)["error"] == "token_expired"
    bot = Bot(
        bot_id="B1", bot_user_id="U1", installed_at=0.0, bot_token=given["access_token"],
        bot_refresh_token=given["refresh_token"], bot_token_expires_at=1,
    )
    rotated = TokenRotator(**who, client=client).perform_bot_token_rotation(bot=bot)
    assert WebClient(token=rotated.bot_token, base_url=base_url).auth_test()["team"] == "Acme"
    reused = refusal(client.oauth_v2_access, **who, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert reused["error"] == "invalid_refresh_token"


class Receiver(BaseHTTPRequestHandler):
    """Takes down what comes in."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def receiver():
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


class FakeClock:
    """The time that the fakes have."""

    def __init__(self, fakes):
        self.fakes = fakes

    def now(self) -> float:
        return datetime.fromisoformat(self.fakes.advance(0)["now"]).timestamp()


def test_events_are_signed_as_the_verifier_wants(fakes, receiver, slack):
    url = f"http://127.0.0.1:{receiver.server_port}/"
    verifier = SignatureVerifier(SIGNING_SECRET, FakeClock(fakes))

    def sent(**words):
        assert fakes.ask("slack", "send", url=url, **words)["status"] == 200
        headers, body = receiver.received[-1]
        return verifier.is_valid_request(body, headers), json.loads(body), headers

    valid, body, _ = sent(event="challenge")
    assert valid and (body["type"], body["challenge"]) == ("url_verification", CHALLENGE)
    valid, body, _ = sent(event="message", channel=GENERAL, text="hi")
    assert valid and body["event"]["text"] == "hi"
    [message] = slack.conversations_history(channel=GENERAL)["messages"]
    assert message["ts"] == body["event"]["ts"]
    valid, reaction, _ = sent(event="reaction", channel=GENERAL, ts=message["ts"], reaction="tada")
    assert valid and reaction["event"]["type"] == "reaction_added"
    assert reaction["event_id"] != body["event_id"]
    valid, again, headers = sent(again=body["event_id"])
    assert valid and again == body and {name.lower() for name in headers} >= {"x-slack-retry-num", "x-slack-retry-reason"}
    assert not sent(event="message", late=True)[0]
    assert not sent(event="message", forged=True)[0]
