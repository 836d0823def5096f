"""How HubSpot refuses."""

import json
import uuid

from framework import Refusal, answer


def refusal(message: str, status: int = 400, category: str | None = "VALIDATION_ERROR", **more) -> Refusal:
    """An error as version 3 of the API words it; not every endpoint names a category."""
    body = {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), **more}
    if category:
        body["category"] = category
    return Refusal(answer(body, status))


def invalid(problems: list[dict]) -> Refusal:
    """Values that do not fit their properties: they are listed in the message, as JSON."""
    return refusal("Property values were not valid: " + json.dumps(problems))


def problem(name: str, code: str, message: str, portal_id: int) -> dict:
    return {
        "isValid": False,
        "message": message,
        "error": code,
        "name": name,
        "localizedErrorMessage": message,
        "portalId": portal_id,
    }


def detailed(message: str, details: list[dict]) -> Refusal:
    return refusal(message, errors=details)


def not_found() -> Refusal:
    return refusal("resource not found", 404, None)


def malformed(why: str) -> Refusal:
    return refusal(f"Invalid input JSON on line 1, column 1: {why}")


def known(body, fields: dict[str, bool], what: str = "body"):
    """A JSON object with no other fields than these, of which some are required."""
    if not isinstance(body, dict):
        raise malformed(f"Cannot deserialize the {what} from {type(body).__name__}")
    for name in body:
        if name not in fields:
            raise malformed(f'Unrecognized field "{name}" of the {what}')
    missing = [name for name, is_required in fields.items() if is_required and body.get(name) is None]
    if missing:
        raise malformed(f"Some required fields were not set: [{', '.join(missing)}]")
    return body


def parameters(request, allowed: set[str]) -> dict[str, list[str]]:
    """The query, of which HubSpot knows each parameter: a list may be repeated or have commas."""
    given: dict[str, list[str]] = {}
    for name, value in request.query:
        if name not in allowed:
            raise refusal(f"The query parameter '{name}' is not known")
        given.setdefault(name, []).extend(value.split(","))
    return given


def read(request):
    try:
        return request.json()
    except ValueError:
        raise malformed("Unexpected end-of-input") from None
