"""Errors as the API words them."""

from framework import Answer, Refusal, answer


def refusal(status: int, message: str, param=None, code=None, kind="invalid_request_error", headers=None) -> Refusal:
    """Ends a request with an error."""
    words = {"message": message, "type": kind, "param": param, "code": code}
    return Refusal(answer({"error": words}, status=status, headers=headers))


def unknown_path(method: str, path: str) -> Answer:
    return refusal(404, f"Invalid URL ({method} {path})").answer


def no_model(model: str) -> Refusal:
    return refusal(404, f"The model `{model}` does not exist or you do not have access to it.", code="model_not_found")


def unknown(name: str) -> Refusal:
    return refusal(400, f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def missing(name: str) -> Refusal:
    return refusal(400, f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def wrong_type(name: str, expected: str, value) -> Refusal:
    kinds = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string", list: "an array", dict: "an object"}
    got = kinds.get(type(value), "null")
    return refusal(400, f"Invalid type for '{name}': expected {expected}, but got {got} instead.", name, "invalid_type")


def bad_schema(name: str, why: str) -> Refusal:
    return refusal(400, f"Invalid schema for response_format '{name}': {why}", "response_format")
