"""What a request may say, and how it is told that it says something else."""

from framework import Field
from framework.fields import check

from . import errors
from .models import THINKING


def is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_integer(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_texts(value) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def or_null(fits):
    return lambda value: value is None or fits(value)


# What each type is called in an error.
NAMES = {is_number: "a decimal", is_integer: "an integer", is_texts: "one of a string or array of strings"}

NUMBER, INTEGER = Field(or_null(is_number)), Field(or_null(is_integer))
TEXT, TRUTH = Field(or_null(lambda value: isinstance(value, str))), Field(or_null(lambda value: isinstance(value, bool)))
OBJECT = Field(or_null(lambda value: isinstance(value, dict)))

CHAT = {
    "model": Field(required=True),
    "messages": Field(lambda value: isinstance(value, list), required=True),
    "temperature": NUMBER,
    "top_p": NUMBER,
    "n": INTEGER,
    "seed": INTEGER,
    "stop": Field(or_null(is_texts)),
    "max_tokens": INTEGER,
    "max_completion_tokens": INTEGER,
    "presence_penalty": NUMBER,
    "frequency_penalty": NUMBER,
    "reasoning_effort": TEXT,
    "verbosity": TEXT,
    "response_format": OBJECT,
    "store": TRUTH,
    "metadata": OBJECT,
    "stream": TRUTH,
    "user": TEXT,
    "safety_identifier": TEXT,
    "service_tier": TEXT,
}

EMBEDDING = {
    "model": Field(required=True),
    "input": Field(is_texts, required=True),
    "dimensions": Field(is_integer),
    "encoding_format": Field(lambda value: value in ("float", "base64")),
    "user": Field(),
}

EXPECTED = {
    "messages": "an array of objects",
    "stop": "one of a string or array of strings",
    "input": "one of a string or array of strings",
    "response_format": "an object",
    "metadata": "an object",
    "store": "a boolean",
    "stream": "a boolean",
}
DECIMALS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
INTEGERS = ("n", "seed", "max_tokens", "max_completion_tokens", "dimensions")
# Smallest and largest.
RANGES = {"temperature": (0, 2), "top_p": (0, 1), "presence_penalty": (-2, 2), "frequency_penalty": (-2, 2)}


def read(body, fields: dict[str, Field]) -> dict:
    """The parameters, where they are what they should be."""
    if not isinstance(body, dict):
        raise errors.refusal(400, "We could not parse the JSON body of your request.")
    if "model" not in body:
        raise errors.refusal(400, "you must provide a model parameter")
    for problem in check(body, fields):
        match problem.kind:
            case "unknown":
                raise errors.unknown(problem.name)
            case "missing":
                raise errors.missing(problem.name)
            case _:
                raise errors.wrong_type(problem.name, expected(problem.name), body[problem.name])
    for name, (least, most) in RANGES.items():
        value = body.get(name)
        if value is not None and not least <= value <= most:
            side, sign, bound = ("below minimum", ">=", least) if value < least else ("above maximum", "<=", most)
            code = f"decimal_{side.split()[0]}_{side.split()[1][:3]}_value"
            raise errors.refusal(
                400, f"Invalid '{name}': decimal {side} value. Expected a value {sign} {bound}, but got {value} instead.", name, code
            )
    return body


def expected(name: str) -> str:
    if name in DECIMALS:
        return "a decimal"
    return "an integer" if name in INTEGERS else EXPECTED.get(name, "a string")


def chat(body) -> dict:
    """Those of a chat completion, which depend on the model."""
    asked = read(body, CHAT)
    if asked["model"] in THINKING:
        if asked.get("max_tokens") is not None:
            why = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
            raise errors.refusal(400, why, "max_tokens", "unsupported_parameter")
        if asked.get("temperature") not in (None, 1):
            why = f"Unsupported value: 'temperature' does not support {asked['temperature']} with this model. Only the default (1) value is supported."
            raise errors.refusal(400, why, "temperature", "unsupported_value")
    if not asked["messages"]:
        why = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        raise errors.refusal(400, why, "messages", "empty_array")
    for n, message in enumerate(asked["messages"]):
        in_message(f"messages[{n}]", message)
    return asked


def in_message(place: str, message):
    if not isinstance(message, dict):
        raise errors.wrong_type(place, "an object", message)
    if "role" not in message:
        raise errors.missing(f"{place}.role")
    roles = ("system", "assistant", "user", "function", "tool", "developer")
    if message["role"] not in roles:
        known = ", ".join(f"'{role}'" for role in roles[:-1]) + f", and '{roles[-1]}'"
        why = f"Invalid value: '{message['role']}'. Supported values are: {known}."
        raise errors.refusal(400, why, f"{place}.role", "invalid_value")
    if not isinstance(message.get("content"), (str, list)):
        why = "a string or array of objects"
        raise errors.wrong_type(f"{place}.content", f"one of {why}", message.get("content"))
