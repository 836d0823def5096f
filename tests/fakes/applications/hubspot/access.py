"""Who may ask, and how often: tokens, scopes and limits."""

import secrets

from framework import Refusal, Window, answer

from .errors import refusal

ALL_SCOPES = [
    "oauth",
    *(f"crm.{what}.{kind}.{right}" for what in ("objects", "schemas") for kind in ("contacts", "companies", "deals") for right in ("read", "write")),
]  # fmt: skip
LIFETIME_MS = 1_800_000
CLIENT = {"id": "client-1", "secret": "client-secret-1"}
NO_CREDENTIALS = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at "
    "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)


class Access:
    """A private app with one token, and a public one whose tokens end after half an hour."""

    def __init__(self, clock):
        self.clock = clock
        self.scopes = {"pat-na1-test": list(ALL_SCOPES)}
        # By access token: when it ends.
        self.ends: dict[str, int] = {}
        # By code: where the person is sent back.
        self.codes: dict[str, str] = {}
        self.refresh_tokens = {"refresh-1"}
        self.burst = Window(clock, 100, 10_000)
        self.searches = Window(clock, 5, 1_000)
        self.daily_left = 250_000

    def authenticate(self, token: str) -> str:
        """The token of a request, which has to be one that works."""
        if not token or token not in self.scopes:
            raise refusal(NO_CREDENTIALS, 401, "INVALID_AUTHENTICATION")
        over_ms = self.clock.now_ms() - self.ends.get(token, self.clock.now_ms() + 1)
        if over_ms >= 0:
            message = f"The OAuth token used to make this call expired {over_ms // 1000} second(s) ago."
            context = {"expire time": [self.clock.rfc3339(self.ends[token])]}
            raise refusal(message, 401, "EXPIRED_AUTHENTICATION", context=context)
        return token

    def need(self, token: str, scope: str):
        if scope not in self.scopes[token]:
            message = (
                "This app hasn't been granted all required scopes to make this call. "
                "Read more about required scopes here: https://developers.hubspot.com/scopes."
            )
            detail = {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
            links = {"scopes": "https://developers.hubspot.com/scopes"}
            raise refusal(message, 403, "MISSING_SCOPES", errors=[detail], links=links)

    def count(self, token: str, is_search: bool):
        """One call more; searches have a limit of their own besides."""
        if token not in self.ends:
            if self.daily_left <= 0:
                raise limited("daily", "DAILY")
            self.daily_left -= 1
        if is_search and not self.searches.take():
            raise limited("secondly", "SECONDLY")
        if not self.burst.take():
            raise limited("ten_secondly_rolling", "TEN_SECONDLY_ROLLING")

    def headers(self, token: str) -> dict[str, str]:
        told = {
            "X-HubSpot-RateLimit-Max": str(self.burst.most),
            "X-HubSpot-RateLimit-Remaining": str(self.burst.remaining),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(self.burst.window_ms),
        }
        if token not in self.ends:
            told["X-HubSpot-RateLimit-Daily"] = "250000"
            told["X-HubSpot-RateLimit-Daily-Remaining"] = str(self.daily_left)
        return told

    def consent(self, asked: dict[str, str]) -> str:
        """A person agrees: the code for it."""
        if asked.get("client_id") != CLIENT["id"]:
            raise bad_token("BAD_CLIENT_ID", "missing or unknown client id")
        if not asked.get("redirect_uri"):
            raise bad_token("BAD_REDIRECT_URI", "missing or invalid redirect uri")
        if unknown := set(asked.get("scope", "").split()) - set(ALL_SCOPES):
            raise bad_token("BAD_SCOPES", f"unknown scopes: {', '.join(sorted(unknown))}")
        code = secrets.token_hex(16)
        self.codes[code] = asked["redirect_uri"]
        return code

    def exchange(self, form: dict[str, str]) -> dict:
        """A code or a refresh token for an access token."""
        if form.get("client_id") != CLIENT["id"]:
            raise bad_token("BAD_CLIENT_ID", "missing or unknown client id")
        if form.get("client_secret") != CLIENT["secret"]:
            raise bad_token("BAD_CLIENT_SECRET", "missing or invalid client secret")
        match form.get("grant_type"):
            case "authorization_code":
                if form.get("code") not in self.codes:
                    raise bad_token("BAD_AUTH_CODE", "missing or unknown auth code")
                if form.get("redirect_uri") != self.codes.pop(form["code"]):
                    raise bad_token("BAD_REDIRECT_URI", "missing or invalid redirect uri")
                refresh = f"refresh-{secrets.token_hex(8)}"
                self.refresh_tokens.add(refresh)
            case "refresh_token":
                refresh = form.get("refresh_token")
                if refresh not in self.refresh_tokens:
                    raise bad_token("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
            case _:
                raise bad_token("BAD_GRANT_TYPE", "missing or unknown grant type")
        access = f"access-{secrets.token_hex(8)}"
        self.scopes[access] = list(ALL_SCOPES)
        self.ends[access] = self.clock.now_ms() + LIFETIME_MS
        return {
            "token_type": "bearer",
            "refresh_token": refresh,
            "access_token": access,
            "expires_in": LIFETIME_MS // 1000,
        }


def limited(name: str, policy: str) -> Refusal:
    message = f"You have reached your {name} limit."
    return refusal(message, 429, "RATE_LIMITS", errorType="RATE_LIMIT", policyName=policy)


def bad_token(status: str, message: str) -> Refusal:
    body = {"status": status, "message": message, "correlationId": secrets.token_hex(16)}
    return Refusal(answer(body, 400))
