"""What a call passes, and how Slack says that it does not take it.

Slack takes every argument from the query, from a form or from a JSON object, whatever the method. An argument that is
missing is `invalid_arguments`; one that is there and names nothing is an error of the method.
"""

import json

from framework import Field, Refusal, Request, answer, check


def error(code: str, *messages: str, **more) -> Refusal:
    """An error: status 200 and `ok: false`."""
    told = {"response_metadata": {"messages": [f"[ERROR] {message}" for message in messages]}} if messages else {}
    return Refusal(answer({"ok": False, "error": code, **more, **told}))


def given(request: Request) -> dict:
    """All arguments. Those of a form and of a query are texts."""
    arguments = dict(request.query)
    match request.content_type:
        case "application/x-www-form-urlencoded":
            arguments.update(request.form())
        case "application/json":
            arguments.update(_object(request))
        case "" if request.body:
            raise error("missing_post_type")
        case "" | "text/plain" | "multipart/form-data":
            pass
        case _:
            raise error("invalid_post_type")
    arguments.pop("token", None)
    return arguments


def _object(request: Request) -> dict:
    try:
        found = request.json()
    except ValueError:
        raise error("invalid_json") from None
    if not isinstance(found, dict):
        raise error("json_not_object")
    return found


def text(required: bool = False) -> Field:
    """Any text; Slack takes numbers as well."""
    return Field(lambda value: isinstance(value, (str, int, float)) and not isinstance(value, bool), required)


def boolean() -> Field:
    return Field(lambda value: isinstance(value, bool) or value in ("true", "false", "1", "0", 1, 0))


def number(required: bool = False) -> Field:
    return Field(lambda value: isinstance(value, int) or (isinstance(value, str) and value.isdigit()), required)


def structure(required: bool = False) -> Field:
    """JSON, in a text or as it is."""
    return Field(lambda value: isinstance(value, (str, list, dict)), required)


def taken(request: Request, fields: dict[str, Field]) -> dict:
    """The arguments of a method. Slack overlooks most names that it does not know; here they are refused, so that
    nothing is sent in vain."""
    arguments = given(request)
    words = {
        "unknown": "no such field: {}",
        "missing": "missing required field: {}",
        "type": "must be of another type [json-pointer:/{}]",
    }
    problems = check(arguments, fields)
    if problems:
        raise error("invalid_arguments", *(words[problem.kind].format(problem.name) for problem in problems))
    return arguments


def is_true(value) -> bool:
    return value in (True, "true", "1", 1)


def parsed(arguments: dict, name: str, code: str):
    """A structure, from JSON where it came as a text; nothing where it is not there."""
    value = arguments.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value else None
        except ValueError:
            raise error(code) from None
    return value


BLOCKS = ("actions", "context", "divider", "file", "header", "image", "input", "markdown", "rich_text", "section", "video")
BLOCKS_MAX = 50


def blocks(arguments: dict) -> list:
    """Block Kit, as far as its outermost layer goes."""
    found = parsed(arguments, "blocks", "invalid_blocks_format") or []
    if not isinstance(found, list) or not all(isinstance(block, dict) for block in found):
        raise error("invalid_blocks_format")
    wrong = [message for at, block in enumerate(found) for message in _block(at, block)]
    if len(found) > BLOCKS_MAX:
        wrong.append(f"no more than {BLOCKS_MAX} items allowed [json-pointer:/blocks]")
    if wrong:
        raise error("invalid_blocks", *wrong, errors=wrong)
    return [{"block_id": f"b{at}", **block} for at, block in enumerate(found)]


def _block(at: int, block: dict) -> list[str]:
    place = f"[json-pointer:/blocks/{at}"
    kind = block.get("type")
    if kind is None:
        return [f"missing required field: type {place}]"]
    if kind not in BLOCKS:
        return [f"unsupported type: {kind} {place}/type]"]
    if kind == "section" and "text" not in block and "fields" not in block:
        return [f"must define either `text` or `fields` {place}]"]
    if kind == "header" and not isinstance(block.get("text"), dict):
        return [f"missing required field: text {place}]"]
    inner = block.get("text")
    if isinstance(inner, dict) and not inner.get("text"):
        return [f"must be more than 0 characters {place}/text/text]"]
    return []
