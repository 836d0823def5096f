"""Fields of forms and queries with brackets in their names, as applications nest them: `address[city]`, `items[0][price]`,
`expand[]`. OpenAPI calls it `deepObject` and says nothing of what lies deeper, so openapi-core leaves it to us: here it
becomes JSON, whose types the schema tells, and a validator of the same family judges it."""

import re

BOOLEANS = {"true": True, "false": False}


def nested(pairs: list[tuple[str, str]]):
    """Names with brackets as objects and lists."""
    root: dict = {}
    for name, value in pairs:
        way = [part for part in re.split(r"[\[\]]+", name.removesuffix("[]")) if part]
        if name.endswith("[]"):
            way.append(str(len(at(root, way) or {})))
        place = root
        for part in way[:-1]:
            place = place.setdefault(part, {})
        place[way[-1]] = value
    return as_lists(root)


def at(root: dict, way: list[str]):
    for part in way:
        root = root.get(part, {})
    return root


def as_lists(value):
    """Objects with the names 0, 1, 2… are lists."""
    if not isinstance(value, dict):
        return value
    items = {name: as_lists(item) for name, item in value.items()}
    is_list = items and sorted(items) == sorted(str(n) for n in range(len(items)))
    return [items[str(n)] for n in range(len(items))] if is_list else items


def typed(value, schema: dict, resolve):
    """The value with texts turned into what the schema wants, where they are that."""
    schema = resolve(schema)
    branches = schema.get("anyOf", []) + schema.get("oneOf", []) + schema.get("allOf", [])
    if isinstance(value, str):
        return scalar(value, [schema.get("type")] + [resolve(branch).get("type") for branch in branches])
    if isinstance(value, list):
        items = find(schema, branches, "items", resolve)
        return [typed(item, items or {}, resolve) for item in value]
    properties = find(schema, branches, "properties", resolve) or {}
    more = find(schema, branches, "additionalProperties", resolve)
    more = more if isinstance(more, dict) else {}
    return {name: typed(item, properties.get(name, more), resolve) for name, item in value.items()}


def find(schema: dict, branches: list, word: str, resolve):
    """A word of the schema, or of the first branch that has it."""
    return next((one[word] for one in map(resolve, [schema, *branches]) if word in one), None)


def scalar(value: str, types: list):
    """A number or a boolean where one is wanted and this is one."""
    if "boolean" in types and value in BOOLEANS:
        return BOOLEANS[value]
    if "integer" in types and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "number" in types and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    return value
