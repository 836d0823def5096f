"""Refusals in Stripe's words."""

from framework import Refusal, answer

DOCS = "https://stripe.com/docs"


def refusal(status: int, message: str, kind="invalid_request_error", headers: dict | None = None, **fields) -> Refusal:
    """An error object; fields that are `None` are left out, as Stripe leaves them out."""
    error = {"message": message, "type": kind} | {name: value for name, value in fields.items() if value is not None}
    if code := fields.get("code"):
        error["doc_url"] = f"{DOCS}/error-codes/{code.replace('_', '-')}"
    error["request_log_url"] = "https://dashboard.stripe.com/test/logs"
    return Refusal(answer({"error": error}, status, headers))


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refusal:
    """A parameter that will not do."""
    return refusal(400, message, param=param, code=code)


def missing(kind: str, id: str, param: str, status: int = 400) -> Refusal:
    """Something that there is not: 404 where the address names it, 400 where a parameter does."""
    return refusal(status, f"No such {kind}: '{id}'", param=param, code="resource_missing")


def declined(message: str, code: str, decline_code: str | None, charge: str, intent: dict, param=None) -> Refusal:
    """A card that does not pay."""
    fields = {"code": code, "decline_code": decline_code, "charge": charge, "payment_intent": intent, "param": param}
    return refusal(402, message, kind="card_error", **fields)


def unauthorized(message: str, code: str | None = None) -> Refusal:
    """A key that is none, or none any more."""
    return refusal(401, message, code=code, headers={"www-authenticate": 'Basic realm="Stripe"'})


def limited() -> Refusal:
    """One request too many; Stripe does not say how long to wait."""
    message = f"Request rate limit exceeded. Learn more about rate limits here {DOCS}/rate-limits."
    return refusal(429, message, code="rate_limit", headers={"stripe-rate-limited-reason": "global-rate"})
