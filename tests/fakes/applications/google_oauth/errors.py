"""Errors as Google's newer APIs write them (google.rpc.Status)."""

from framework import Refusal, answer

STATUS = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
}
# Parameters that every method takes.
COMMON = {
    "$.xgafv",
    "access_token",
    "alt",
    "callback",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
}


def refusal(status: str, message: str, details: list | None = None) -> Refusal:
    """To be raised."""
    error = {"code": STATUS[status], "message": message, "status": status}
    if details:
        error["details"] = details
    return Refusal(answer({"error": error}, STATUS[status]))


def violation(message: str, field: str | None = None) -> Refusal:
    """A request that does not fit, and where."""
    found = {"description": message} | ({"field": field} if field else {})
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [found]}
    return refusal("INVALID_ARGUMENT", message, [detail])


def info(reason: str, **metadata: str) -> dict:
    """A detail that names the reason."""
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return {"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": metadata}


def unknown_parameter(name: str) -> Refusal:
    """A parameter of the query that the method does not take."""
    why = f"Cannot bind query parameter. Field '{name}' could not be found in request message."
    return violation(f'Invalid JSON payload received. Unknown name "{name}": {why}')


def unknown_field(name: str, where: str) -> Refusal:
    """A field of the body that the message does not have."""
    place = f" at '{where}'" if where else ""
    return violation(f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.', where or None)


def masked(value, mask: str):
    """What a `fields` mask leaves: `a,b.c,d(e,f)`."""
    return _keep(value, _tree(mask)) if mask and mask != "*" else value


def _tree(mask: str) -> dict:
    tree: dict = {}
    stack, name, path = [tree], "", []
    for c in mask + ",":
        if c in ",(/.)":
            if name:
                path.append(name)
                name = ""
            if c == "(":
                stack.append(_put(stack[-1], path))
                path = []
            elif c in ",)":
                if path:
                    _put(stack[-1], path)
                path = []
                if c == ")":
                    stack.pop()
        else:
            name += c
    return tree


def _put(tree: dict, path: list[str]) -> dict:
    for name in path:
        tree = tree.setdefault(name, {})
    return tree


def _keep(value, tree: dict):
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_keep(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: _keep(value[name], inner) for name, inner in tree.items() if name in value}
    return value
