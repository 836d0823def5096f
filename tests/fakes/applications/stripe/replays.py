"""Idempotency keys: the first answer to a key is given again for 24 hours."""

from dataclasses import dataclass

from framework import Answer, Clock, Request

from .errors import invalid, refusal

KEPT_MS = 24 * 3600 * 1000
KEY_MAX = 255


@dataclass
class Kept:
    """What was asked first, and answered."""

    path: str
    asked: list
    at_ms: int
    answer: Answer
    request_id: str


class Replays:
    """Keys belong to an account."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.kept: dict[tuple[str, str], Kept] = {}
        # Keys that requests to come find in use.
        self.in_use = 0

    def find(self, request: Request, account: str) -> Answer | None:
        """The first answer; refuses a key that was used for something else, or is in use."""
        key = request.header("idempotency-key")
        if not key:
            return None
        if len(key) > KEY_MAX:
            raise invalid(f"Idempotency keys can have up to {KEY_MAX} characters.")
        if self.in_use > 0:
            self.in_use -= 1
            message = (
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}. Please try again later."
            )
            headers = {"stripe-should-retry": "true"}
            raise refusal(409, message, "idempotency_error", headers, code="idempotency_key_in_use")
        kept = self.kept.get((account, key))
        if kept is None or self.clock.now_ms() - kept.at_ms > KEPT_MS:
            return None
        rest = f"Try using a key other than '{key}' if you meant to execute a different request."
        if kept.path != request.path:
            only = f"for the same endpoint they were first used for ('{request.path}' vs '{kept.path}')"
            message = f"Keys for idempotent requests can only be used {only}. {rest}"
            raise refusal(400, message, "idempotency_error")
        if kept.asked != sorted(request.form()):
            only = "with the same parameters they were first used with"
            message = f"Keys for idempotent requests can only be used {only}. {rest}"
            raise refusal(400, message, "idempotency_error")
        headers = kept.answer.headers | {"idempotent-replayed": "true", "original-request": kept.request_id}
        return Answer(kept.answer.status, headers, kept.answer.body)

    def keep(self, request: Request, account: str, given: Answer, request_id: str) -> None:
        """Once an endpoint has begun to work, its answer is kept, whatever it is."""
        key = request.header("idempotency-key")
        if key:
            asked = sorted(request.form())
            self.kept[account, key] = Kept(request.path, asked, self.clock.now_ms(), given, request_id)
