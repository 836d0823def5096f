"""Properties: what records can hold, and whether a value fits."""

import re
from datetime import datetime

from .errors import problem

TYPES = {"0-1": "contacts", "0-2": "companies", "0-3": "deals"}
SINGULAR = {"contact": "contacts", "company": "companies", "deal": "deals"}
TYPE_IDS = {kind: number for number, kind in TYPES.items()}
CHANGED_AT = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate", "deals": "hs_lastmodifieddate"}
# What a record holds in an answer where nobody says which properties are wanted.
DEFAULTS = {
    "contacts": ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"],
    "companies": ["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"],
    "deals": [
        "amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline",
    ],
}  # fmt: skip
GROUPS = {"contacts": "contactinformation", "companies": "companyinformation", "deals": "dealinformation"}
FIELD_TYPES = {
    "string": {"text", "textarea", "html", "file", "phonenumber", "calculation_equation"},
    "number": {"number", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "bool": {"booleancheckbox"},
}
STAGES = [
    "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent",
    "closedwon", "closedlost",
]  # fmt: skip
LIFECYCLE = ["subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "other"]


def define(name, kind, type_="string", field_type="text", options=(), **more) -> dict:
    """A property of HubSpot's own."""
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": type_,
        "fieldType": field_type,
        "description": "",
        "groupName": GROUPS[kind],
        "options": [
            {"label": value.capitalize(), "value": value, "displayOrder": n, "hidden": False}
            for n, value in enumerate(options)
        ],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "archived": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": True,
        "formField": False,
        "modificationMetadata": {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": False},
        **more,
    }


def own_properties() -> dict[str, dict[str, dict]]:
    """The properties of a new account, by kind and name."""
    read_only = {"modificationMetadata": {"archivable": False, "readOnlyDefinition": True, "readOnlyValue": True}}
    by_kind = {
        "contacts": [
            define("email", "contacts", hasUniqueValue=True),
            *(define(name, "contacts") for name in ["firstname", "lastname", "phone", "company", "website", "jobtitle"]),
            define("lifecyclestage", "contacts", "enumeration", "radio", LIFECYCLE),
        ],
        "companies": [
            *(define(name, "companies") for name in ["name", "domain", "city", "phone", "website", "industry"]),
            define("numberofemployees", "companies", "number", "number"),
        ],
        "deals": [
            *(define(name, "deals") for name in ["dealname", "description", "hs_priority"]),
            define("amount", "deals", "number", "number"),
            define("closedate", "deals", "datetime", "date"),
            define("pipeline", "deals", "enumeration", "select", ["default", "partners"]),
            define("deal_currency_code", "deals", "enumeration", "select", ["EUR", "USD", "JPY"]),
            define("dealstage", "deals", "enumeration", "radio", STAGES),
        ],
    }
    for kind, properties in by_kind.items():
        for name in ["createdate", CHANGED_AT[kind]]:
            properties.append(define(name, kind, "datetime", "date", **read_only))
        properties.append(define("hs_object_id", kind, "number", "number", **read_only))
    return {kind: {one["name"]: one for one in properties} for kind, properties in by_kind.items()}


def text(value) -> str:
    """As HubSpot keeps every value."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def problems(definitions: dict[str, dict], given: dict, portal_id: int) -> list[dict]:
    """What is wrong with values that somebody wants to set."""
    found = []
    for name, value in given.items():
        definition = definitions.get(name)
        if definition is None:
            said = "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'
        elif definition["modificationMetadata"]["readOnlyValue"]:
            said = "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.'
        else:
            said = misfit(definition, text(value))
        if said:
            found.append(problem(name, *said, portal_id))
    return found


def misfit(definition: dict, value: str):
    """Why a value does not fit a property."""
    name, type_ = definition["name"], definition["type"]
    if value == "":
        return None
    if name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "INVALID_EMAIL", f"Email address {value} is invalid"
    if type_ == "number" and not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", value):
        return "INVALID_NUMBER", f"{value} was not a valid number."
    if type_ in ("date", "datetime") and milliseconds(value) is None:
        return "INVALID_DATE", f"{value} was not a valid date."
    if type_ == "bool" and value not in ("true", "false"):
        return "INVALID_OPTION", f"{value} was not one of the allowed options: [true, false]"
    if type_ == "enumeration":
        allowed = [option["value"] for option in definition["options"]]
        chosen = value.split(";") if definition["fieldType"] == "checkbox" else [value]
        if any(one not in allowed for one in chosen):
            return "INVALID_OPTION", f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
    return None


def milliseconds(value: str) -> int | None:
    """A time as milliseconds since 1970 or in ISO 8601."""
    if re.fullmatch(r"-?\d+", value):
        return int(value)
    try:
        at = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return round(at.timestamp() * 1000) if at.tzinfo else None
