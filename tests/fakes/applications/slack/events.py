"""The Events API: what is sent to an app's request URL, and how it is signed."""

import hashlib
import hmac
import json

from framework import Clock, Delivery

from .workspace import APP, BOT_USER, TEAM

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHALLENGE = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
# The older proof of where an event comes from, which signatures have replaced.
VERIFICATION_TOKEN = "Jhj5dZrVaK7ZwHHjRyZWjbDl"


class Events:
    """Events that happened, by id, so that each can be sent again."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.sent: dict[str, dict] = {}

    def callback(self, event: dict) -> dict:
        """The envelope of a new event."""
        event_id = f"Ev{len(self.sent) + 1:08}"
        envelope = {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": self.clock.now(),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{event_id}",
        }
        self.sent[event_id] = envelope
        return envelope

    def challenge(self) -> dict:
        return {"token": VERIFICATION_TOKEN, "challenge": CHALLENGE, "type": "url_verification"}

    def held_back(self) -> dict:
        """More happened than Slack delivers: 30,000 events in an hour."""
        minute = self.clock.now() // 60 * 60
        return {
            "token": VERIFICATION_TOKEN,
            "type": "app_rate_limited",
            "team_id": TEAM,
            "minute_rate_limited": minute,
            "api_app_id": APP,
        }

    def signed(self, body: dict, what: dict) -> Delivery:
        """With `again` the headers of a repetition; `late` and `forged` are what others could make of it."""
        data = json.dumps(body).encode()
        stamp = str(self.clock.now() - (600 if what.get("late") else 0))
        secret = "another-secret" if what.get("forged") else SIGNING_SECRET
        mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + data, hashlib.sha256)
        headers = {
            "content-type": "application/json",
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={mac.hexdigest()}",
        }
        if "again" in what:
            headers.update({"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"})
        return Delivery(headers, data)
