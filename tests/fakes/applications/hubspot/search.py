"""Searches, which read the index: it may know less than there is."""

import json

from .errors import detailed, known, malformed, refusal
from .schema import milliseconds

RESULTS_MAX, PAGE_MAX, GROUPS_MAX, FILTERS_OF_GROUP_MAX, FILTERS_MAX, QUERY_MAX = 10_000, 200, 5, 6, 18, 3000
SEARCHED = ["email", "firstname", "lastname", "phone", "company", "name", "domain", "dealname", "description"]
OPERATORS = {
    "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN",
}  # fmt: skip


def search(records, kind: str, body) -> dict:
    """One page of the results."""
    fields = ["query", "limit", "after", "sorts", "properties", "filterGroups"]
    known(body, dict.fromkeys(fields, False), "search")
    limit, after = body.get("limit", 10), int(body.get("after") or 0)
    if not isinstance(limit, int) or not 1 <= limit <= PAGE_MAX:
        raise refusal(f"limit must be between 1 and {PAGE_MAX}")
    if after >= RESULTS_MAX or after + limit > RESULTS_MAX:
        raise refusal(f"Paging through more than {RESULTS_MAX} results is not possible")
    if len(body.get("query") or "") > QUERY_MAX:
        raise refusal(f"query must not be longer than {QUERY_MAX} characters")
    definitions = records.definitions[kind]
    groups = read_groups(body.get("filterGroups") or [], definitions)
    found = [
        record
        for record in records.index[kind].values()
        if (not groups or any(all(holds(one, record, definitions) for one in group) for group in groups))
        and contains(record, body.get("query"))
    ]
    name, descending = order(body.get("sorts") or [], definitions)
    # Of two that are equal the younger one comes first: nobody may rely on which it is.
    found.sort(key=lambda record: int(record["id"]), reverse=not descending)
    value = lambda record: record["properties"].get(name, "")  # noqa: E731
    found.sort(key=lambda record: (value(record) == "", rank(value(record), definitions[name])), reverse=descending)
    page = found[after : after + limit]
    wanted = body.get("properties") or []
    result = {"total": len(found), "results": [records.shown(kind, one, wanted) for one in page]}
    if after + limit < len(found):
        result["paging"] = {"next": {"after": str(after + limit)}}
    return result


def read_groups(groups: list, definitions: dict) -> list[list[dict]]:
    if len(groups) > GROUPS_MAX:
        raise refusal(f"A search has at most {GROUPS_MAX} filter groups")
    read = [known(group, {"filters": True}, "group")["filters"] for group in groups]
    if any(len(filters) > FILTERS_OF_GROUP_MAX for filters in read) or sum(map(len, read)) > FILTERS_MAX:
        raise refusal(f"A search has at most {FILTERS_OF_GROUP_MAX} filters in a group and {FILTERS_MAX} in all")
    fields = {"propertyName": True, "operator": True, "value": False, "highValue": False, "values": False}
    for one in (one for filters in read for one in filters):
        known(one, fields, "filter")
        if one["operator"] not in OPERATORS:
            raise malformed(f"{one['operator']} is no operator")
        if one["propertyName"] not in definitions:
            message = f"There is no property {one['propertyName']}"
            context = {"propertyName": [one["propertyName"]]}
            raise detailed("There was a problem with the request.", [{"message": message, "context": context}])
        needed = {"BETWEEN": ["value", "highValue"], "IN": ["values"], "NOT_IN": ["values"]}
        by_itself = [] if "HAS_PROPERTY" in one["operator"] else ["value"]
        for name in needed.get(one["operator"], by_itself):
            if name not in one:
                raise refusal(f"The operator {one['operator']} needs `{name}`")
    return read


def order(sorts: list, definitions: dict) -> tuple[str, bool]:
    if len(sorts) > 1:
        raise refusal("A search has at most one sort")
    if not sorts:
        return "createdate", False
    one = sorts[0]
    if isinstance(one, str) and one.startswith("{"):
        one = json.loads(one)
    if isinstance(one, str):
        name, descending = one.lstrip("-"), one.startswith("-")
    else:
        known(one, {"propertyName": True, "direction": False}, "sort")
        name, descending = one["propertyName"], one.get("direction") == "DESCENDING"
    if name not in definitions:
        raise refusal(f"There is no property {name} to sort by")
    return name, descending


def rank(value, definition: dict):
    """A value as it is compared."""
    value = str(value)
    if value == "":
        return 0 if definition["type"] in ("number", "date", "datetime") else ""
    if definition["type"] == "number":
        return float(value)
    if definition["type"] in ("date", "datetime"):
        return milliseconds(value)
    return value.lower()


def holds(one: dict, record: dict, definitions: dict) -> bool:
    definition = definitions[one["propertyName"]]
    value = record["properties"].get(one["propertyName"]) or ""
    operator = one["operator"]
    if operator == "HAS_PROPERTY":
        return value != ""
    if operator == "NOT_HAS_PROPERTY":
        return value == ""
    if operator in ("IN", "NOT_IN"):
        is_in = value.lower() in one["values"]
        return value != "" and is_in == (operator == "IN")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        has = str(one["value"]).strip("*").lower() in value.lower()
        return has == (operator == "CONTAINS_TOKEN")
    if operator == "NEQ":
        return value == "" or rank(value, definition) != rank(one["value"], definition)
    if value == "":
        return False
    have, want = rank(value, definition), rank(one["value"], definition)
    return {
        "EQ": lambda: have == want,
        "LT": lambda: have < want,
        "LTE": lambda: have <= want,
        "GT": lambda: have > want,
        "GTE": lambda: have >= want,
        "BETWEEN": lambda: want <= have <= rank(one["highValue"], definition),
    }[operator]()


def contains(record: dict, query: str | None) -> bool:
    if not query:
        return True
    return any(query.lower() in (record["properties"].get(name) or "").lower() for name in SEARCHED)
