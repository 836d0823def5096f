"""Tokens: what they may do, how they end, and OAuth 2.0 (`oauth.v2.access`)."""

import base64
import secrets
from dataclasses import dataclass
from urllib.parse import unquote

from framework import Clock, Request

from .arguments import error

CLIENT_ID = "3336676.569200954261"
CLIENT_SECRET = "client-secret-of-the-app"
# How long a token lives where the app rotates its tokens.
LIFETIME_S = 43_200
ALL_SCOPES = (
    "chat:write,chat:write.customize,files:write,channels:read,channels:history,groups:read,groups:history,"
    "im:history,reactions:read,users:read,users:read.email"
)


@dataclass
class Token:
    scopes: list[str]
    expires_at: int | None = None
    # The error that it comes to, such as `token_revoked`.
    ended: str | None = None


class Access:
    """All tokens of the workspace, and the codes and refresh tokens for new ones."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.tokens = {"xoxb-1": Token(ALL_SCOPES.split(","))}
        self.rotates = False
        self.lifetime_s = LIFETIME_S
        self.codes: dict[str, dict] = {}
        self.refreshes: dict[str, list[str]] = {}
        self.made = 0

    def of(self, request: Request) -> Token:
        """The token of a call, where it is good."""
        given = request.bearer() or request.one("token")
        if not given:
            raise error("not_authed")
        token = self.tokens.get(given)
        if token is None:
            raise error("invalid_auth")
        if token.ended:
            raise error(token.ended)
        if token.expires_at is not None and token.expires_at <= self.clock.now():
            raise error("token_expired")
        return token

    def need(self, token: Token, scope: str):
        if scope not in token.scopes:
            raise error("missing_scope", needed=scope, provided=",".join(token.scopes))

    def consent(self, client_id: str, scope: str, redirect_uri: str) -> str:
        """A person agrees: the code for it."""
        if client_id != CLIENT_ID:
            raise error("invalid_client_id")
        if not scope:
            raise error("no_scopes")
        code = f"code-{secrets.token_hex(8)}"
        self.codes[code] = {"scopes": scope.split(","), "redirect_uri": redirect_uri, "used": False}
        return code

    def exchange(self, request: Request, arguments: dict) -> dict:
        """`oauth.v2.access`."""
        self._client(request, arguments)
        match arguments.get("grant_type", "authorization_code"):
            case "authorization_code":
                scopes = self._of_code(arguments)
            case "refresh_token":
                scopes = self.refreshes.pop(arguments.get("refresh_token", ""), None)
                if scopes is None:
                    raise error("invalid_refresh_token")
            case _:
                raise error("invalid_grant_type")
        return self._issue(scopes)

    def _client(self, request: Request, arguments: dict):
        """By HTTP basic, which Slack prefers, or in the body."""
        client, secret = arguments.get("client_id", ""), arguments.get("client_secret", "")
        scheme, _, value = request.header("authorization").partition(" ")
        if scheme.lower() == "basic":
            pair = base64.b64decode(value).decode()
            client, secret = (unquote(part) for part in pair.split(":", 1))
        if client != CLIENT_ID:
            raise error("invalid_client_id")
        if secret != CLIENT_SECRET:
            raise error("bad_client_secret")

    def _of_code(self, arguments: dict) -> list[str]:
        code = self.codes.get(arguments.get("code", ""))
        if code is None:
            raise error("invalid_code")
        if code["used"]:
            raise error("code_already_used")
        if arguments.get("redirect_uri", "") != code["redirect_uri"]:
            raise error("bad_redirect_uri")
        code["used"] = True
        return code["scopes"]

    def _issue(self, scopes: list[str]) -> dict:
        self.made += 1
        answer = {"ok": True, "token_type": "bot", "scope": ",".join(scopes)}
        if not self.rotates:
            answer["access_token"] = f"xoxb-made-{self.made}"
            self.tokens[answer["access_token"]] = Token(scopes)
            return answer
        answer["access_token"] = f"xoxe.xoxb-1-made-{self.made}"
        answer["refresh_token"] = f"xoxe-1-made-{self.made}"
        answer["expires_in"] = self.lifetime_s
        self.tokens[answer["access_token"]] = Token(scopes, self.clock.now() + self.lifetime_s)
        self.refreshes[answer["refresh_token"]] = scopes
        return answer
