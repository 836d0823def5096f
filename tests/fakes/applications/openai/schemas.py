"""Structured outputs: which schemas the API takes, and data that fits one."""

import json
import re

from . import errors

REFUSED_WHEN_STRICT = (
    "allOf", "not", "oneOf", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
    "unevaluatedProperties", "propertyNames", "minProperties", "maxProperties", "contains", "uniqueItems", "minLength",
    "maxLength", "default",
)  # fmt: skip


def checked(response_format) -> dict | None:
    """The schema that answers have to fit; none where any text will do."""
    if response_format is None or response_format.get("type") == "text":
        return None
    if response_format.get("type") == "json_object":
        return {"type": "object"}
    if response_format.get("type") != "json_schema":
        kind = response_format.get("type")
        why = f"Invalid value: '{kind}'. Supported values are: 'json_object', 'json_schema', and 'text'."
        raise errors.refusal(400, why, "response_format.type", "invalid_value")
    words = response_format.get("json_schema") or {}
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", words.get("name") or ""):
        raise errors.missing("response_format.json_schema.name")
    schema = words.get("schema") or {}
    if schema.get("type") != "object":
        kind = schema.get("type")
        raise errors.bad_schema(words["name"], f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'.")
    if words.get("strict"):
        strict(words["name"], schema, ())
    return schema


def strict(name: str, schema: dict, place: tuple):
    """What the API takes where it holds a model to a schema."""
    context = f"In context={place}, "
    for keyword in REFUSED_WHEN_STRICT:
        if keyword in schema:
            raise errors.bad_schema(name, f"{context}'{keyword}' is not permitted.")
    properties = schema.get("properties", {})
    if schema.get("type") == "object" or properties:
        if schema.get("additionalProperties") is not False:
            raise errors.bad_schema(name, f"{context}'additionalProperties' is required to be supplied and to be false.")
        for missing in [one for one in properties if one not in schema.get("required", [])]:
            why = f"'required' is required to be supplied and to be an array including every key in properties. Missing '{missing}'."
            raise errors.bad_schema(name, context + why)
    for key, part in properties.items():
        strict(name, part, (*place, "properties", key))
    for key, part in schema.get("$defs", {}).items():
        strict(name, part, (*place, "$defs", key))
    if "items" in schema:
        strict(name, schema["items"], (*place, "items"))
    for n, part in enumerate(schema.get("anyOf", [])):
        strict(name, part, (*place, "anyOf", str(n)))


def conforming(schema: dict, text: str, name: str = "", root: dict | None = None):
    """Data that fits: what the text says of a property as `name: value`, else what is simplest."""
    root = root or schema
    if "$ref" in schema:
        part = root
        for key in schema["$ref"].removeprefix("#/").split("/"):
            part = part[key]
        return conforming(part, text, name, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        named = [one for one in schema["enum"] if isinstance(one, str) and one.lower() in text.lower()]
        return (named or schema["enum"])[0]
    if "anyOf" in schema:
        return conforming(schema["anyOf"][0], text, name, root)
    kinds = schema.get("type", "object")
    said = value_in(text, name)
    if isinstance(kinds, list):
        kinds = "null" if "null" in kinds and said is None else next(kind for kind in kinds if kind != "null")
    match kinds:
        case "object":
            return {key: conforming(part, text, key, root) for key, part in schema.get("properties", {}).items()}
        case "array":
            return [conforming(schema.get("items", {}), text, name, root) for _ in range(schema.get("minItems", 1))]
        case "number" | "integer":
            number = float(said) if said and re.fullmatch(r"-?\d+(\.\d+)?", said) else schema.get("minimum", 0)
            return int(number) if kinds == "integer" or number == int(number) else number
        case "boolean":
            return (said or "").lower() in ("true", "yes")
        case "null":
            return None
        case _:
            return said or (schema["description"] if schema.get("description") else name)


def value_in(text: str, name: str) -> str | None:
    """What stands behind `name:` in a text."""
    found = re.search(rf"\b{re.escape(name)}\s*[:=]\s*([^\s,;]+)", text, re.IGNORECASE) if name else None
    return found.group(1).rstrip(".") if found else None


def as_text(schema: dict, text: str) -> str:
    return json.dumps(conforming(schema, text))
