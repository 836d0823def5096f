"""Google's page of consent and its token endpoint, as every fake of a Google API serves them, and the errors that their
APIs share.

There is one service account, whose key file is `service_account.json` beside this; its private key is known to everybody and
opens nothing but the fakes.
"""

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from framework import Answer, Clock, Request, answer

SERVICE_ACCOUNT = json.loads((Path(__file__).parent / "service_account.json").read_text())
AUTHORIZE, TOKEN = "/o/oauth2/v2/auth", "/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
LIFETIME_S = 3600
SKEW_S = 300
CLIENT = {"client_id": "1-fake.apps.googleusercontent.com", "client_secret": "GOCSPX-fake"}


class Tokens:
    """Access tokens, refresh tokens and the codes of people who agreed."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.access: dict[str, dict] = {}
        self.refresh: dict[str, dict] = {}
        self.codes: dict[str, dict] = {}
        self.made = 0

    def grant(self, request: Request, url: str) -> Answer:
        """An answer of `/token`."""
        if request.content_type != "application/x-www-form-urlencoded":
            return _refused("invalid_request", "Bad Request")
        form = dict(request.form())
        match form.get("grant_type"):
            case kind if kind == JWT_BEARER:
                return self._assertion(form.get("assertion", ""), url)
            case "authorization_code":
                return self._code(form)
            case "refresh_token":
                return self._refresh(form)
            case _:
                return _refused("unsupported_grant_type", "Invalid grant_type: " + form.get("grant_type", ""))

    def consent(self, words: dict) -> str:
        """A person agrees: the code for it."""
        code = self._name("4/0A")
        self.codes[code] = {
            "scopes": set(words["scope"].split()),
            "redirect_uri": words["redirect_uri"],
            "challenge": words.get("code_challenge"),
            "offline": words.get("access_type") == "offline",
        }
        return code

    def authorize(self, request: Request) -> Answer:
        """The page where a person is asked, and agrees."""
        words = dict(request.query)
        for name in ("client_id", "redirect_uri", "response_type", "scope"):
            if name not in words:
                return _refused("invalid_request", f"Missing required parameter: {name}")
        if words["client_id"] != CLIENT["client_id"]:
            return _refused("invalid_client", "The OAuth client was not found.", 401)
        back = {"code": self.consent(words), "scope": words["scope"], "state": words.get("state", "")}
        return answer(status=302, headers={"location": f"{words['redirect_uri']}?{urlencode(back)}"})

    def revoke(self) -> None:
        """Nothing that was given counts any more."""
        self.access, self.refresh = {}, {}

    def holder(self, request: Request) -> dict | None:
        """Who the bearer is, where the token counts."""
        token = self.access.get(request.bearer())
        return token if token and token["expires_at"] > self.clock.now() else None

    def _name(self, start: str) -> str:
        self.made += 1
        return f"{start}{self.made:06d}-{self.clock.now_ms()}"

    def _access(self, who: str, scopes: set[str]) -> dict:
        token = self._name("ya29.")
        self.access[token] = {"who": who, "scopes": scopes, "expires_at": self.clock.now() + LIFETIME_S}
        return {
            "access_token": token,
            "expires_in": LIFETIME_S - 1,
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }

    def _assertion(self, assertion: str, url: str) -> Answer:
        try:
            head, claims = (_json(part) for part in assertion.split(".")[:2])
            signed, _, signature = assertion.rpartition(".")
            key = serialization.load_pem_private_key(SERVICE_ACCOUNT["private_key"].encode(), None).public_key()
            key.verify(_bytes(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return _refused("invalid_grant", "Invalid JWT Signature.")
        except (ValueError, IndexError):
            return _refused("invalid_grant", "Bad Request: the assertion is no JWT.")
        now = self.clock.now()
        if head.get("alg") != "RS256":
            return _refused("invalid_grant", "Invalid JWT: Algorithm is not allowed.")
        if claims.get("iss") != SERVICE_ACCOUNT["client_email"]:
            return _refused("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in (f"{url}/token", GOOGLE_AUDIENCE):
            return _refused("invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires = claims.get("iat", 0), claims.get("exp", 0)
        if issued > now + SKEW_S or expires <= now - SKEW_S or expires - issued > LIFETIME_S:
            why = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            return _refused("invalid_grant", f"{why} Check your iat and exp values in the JWT claim.")
        scopes = set(claims.get("scope", "").split())
        if not scopes:
            return _refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        given = self._access(claims["iss"], scopes)
        given.pop("scope")
        return answer(given)

    def _code(self, form: dict) -> Answer:
        if wrong := _client(form):
            return wrong
        code = self.codes.pop(form.get("code", ""), None)
        if code is None:
            return _refused("invalid_grant", "Malformed auth code.")
        if code["redirect_uri"] != form.get("redirect_uri"):
            return _refused("redirect_uri_mismatch", "Bad Request")
        if code["challenge"]:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code["challenge"]:
                return _refused("invalid_grant", "Invalid code verifier.")
        given = self._access("person@example.com", code["scopes"])
        if code["offline"]:
            given["refresh_token"] = self._name("1//0")
            self.refresh[given["refresh_token"]] = {"scopes": code["scopes"]}
        return answer(given)

    def _refresh(self, form: dict) -> Answer:
        if wrong := _client(form):
            return wrong
        known = self.refresh.get(form.get("refresh_token", ""))
        if known is None:
            return _refused("invalid_grant", "Token has been expired or revoked.")
        return answer(self._access("person@example.com", known["scopes"]))


def _client(form: dict) -> Answer | None:
    if form.get("client_id") != CLIENT["client_id"]:
        return _refused("invalid_client", "The OAuth client was not found.", 401)
    if form.get("client_secret") != CLIENT["client_secret"]:
        return _refused("invalid_client", "Unauthorized", 401)
    return None


def _refused(error: str, why: str, status: int = 400) -> Answer:
    return answer({"error": error, "error_description": why}, status)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json(part: str) -> dict:
    found = json.loads(_bytes(part))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


__all__ = ["CLIENT", "SERVICE_ACCOUNT", "Tokens"]
