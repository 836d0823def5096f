"""Errors as BigQuery writes them: `errors` with a reason, beside the status of the newer APIs."""

from framework import Refusal, answer

from ..google_oauth.errors import COMMON

STATUS = {
    "accessDenied": (403, "PERMISSION_DENIED"),
    "authError": (401, "UNAUTHENTICATED"),
    "backendError": (503, "UNAVAILABLE"),
    "duplicate": (409, "ALREADY_EXISTS"),
    "insufficientPermissions": (403, "PERMISSION_DENIED"),
    "invalid": (400, "INVALID_ARGUMENT"),
    "invalidQuery": (400, "INVALID_ARGUMENT"),
    "notFound": (404, "NOT_FOUND"),
    "rateLimitExceeded": (403, "PERMISSION_DENIED"),
    "required": (400, "INVALID_ARGUMENT"),
}


def refusal(reason: str, message: str, location: str | None = None) -> Refusal:
    """To be raised."""
    code, status = STATUS[reason]
    single = {"message": message, "domain": "global", "reason": reason}
    if location:
        single |= {"location": location, "locationType": "parameter"}
    return Refusal(answer({"error": {"code": code, "message": message, "errors": [single], "status": status}}, code))


def parameters(request, known: set[str]) -> dict[str, str]:
    """Those of the query, of which only these are known."""
    for name, _ in request.query:
        if name not in known and name not in COMMON:
            why = f"Cannot bind query parameter. Field '{name}' could not be found in request message."
            raise refusal("invalid", f'Invalid JSON payload received. Unknown name "{name}": {why}')
    return dict(request.query)


def fields(found, known: set[str], where: str = "") -> dict:
    """A message, of which only these fields are known."""
    if not isinstance(found, dict):
        raise refusal("invalid", f"Invalid value at '{where}', a message was expected")
    for name in found:
        if name not in known:
            place = f" at '{where}'" if where else ""
            raise refusal("invalid", f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.')
    return found


def body(request) -> dict:
    """The body as an object."""
    try:
        found = request.json()
    except ValueError:
        raise refusal("invalid", "Invalid JSON payload received. Unexpected end of string.") from None
    return found
