"""Records and the two places where they are kept: the store, and the index that searches read."""

import itertools

from .errors import detailed, invalid, malformed, not_found, refusal
from .schema import CHANGED_AT, DEFAULTS, TYPE_IDS, own_properties, problems, text


class Records:
    """The records of an account."""

    def __init__(self, clock, portal_id: int, notify):
        self.clock, self.portal_id, self.notify = clock, portal_id, notify
        self.definitions = own_properties()
        self.by_kind: dict[str, dict[str, dict]] = {kind: {} for kind in self.definitions}
        self.index: dict[str, dict[str, dict]] = {kind: {} for kind in self.definitions}
        # Records that the index does not learn of until a test says so.
        self.hidden: set[str] = set()
        self.ids = itertools.count(101)

    def create(self, kind: str, given: dict, at_ms: int | None = None, hidden: bool = False) -> dict:
        self.validate(kind, given)
        values = {name: text(value) for name, value in given.items()}
        if values.get("email"):
            values["email"] = values["email"].lower()
            self.refuse_twin(kind, values["email"], None)
        at = self.clock.rfc3339(at_ms)
        id_ = str(next(self.ids))
        values |= {"createdate": at, CHANGED_AT[kind]: at, "hs_object_id": id_}
        record = {"id": id_, "properties": values, "createdAt": at, "updatedAt": at, "archived": False}
        self.by_kind[kind][id_] = record
        if hidden:
            self.hidden.add(id_)
        self.learn(kind, record)
        self.notify(kind, "creation", record["id"])
        return record

    def update(self, kind: str, record: dict, given: dict, at_ms: int | None = None) -> dict:
        self.validate(kind, given)
        values = {name: text(value) for name, value in given.items()}
        if values.get("email"):
            values["email"] = values["email"].lower()
            self.refuse_twin(kind, values["email"], record["id"])
        changed = {name: value for name, value in values.items() if record["properties"].get(name, "") != value}
        record["properties"] |= values
        at = self.clock.rfc3339(at_ms)
        record["properties"][CHANGED_AT[kind]] = record["updatedAt"] = at
        self.learn(kind, record)
        for name, value in changed.items():
            self.notify(kind, "propertyChange", record["id"], propertyName=name, propertyValue=value)
        return record

    def archive(self, kind: str, record: dict):
        record |= {"archived": True, "archivedAt": self.clock.rfc3339()}
        self.index[kind].pop(record["id"], None)
        self.notify(kind, "deletion", record["id"])

    def learn(self, kind: str, record: dict):
        """The index gets the record as it is now."""
        if record["id"] not in self.hidden and not record["archived"]:
            self.index[kind][record["id"]] = {**record, "properties": dict(record["properties"])}

    def show(self, id_: str):
        """The index learns of a record that was hidden from it."""
        self.hidden.discard(id_)
        for kind, records in self.by_kind.items():
            if id_ in records:
                self.learn(kind, records[id_])

    def validate(self, kind: str, given):
        if not isinstance(given, dict) or any(isinstance(value, (dict, list)) for value in given.values()):
            raise malformed("Cannot deserialize the values of `properties`")
        found = problems(self.definitions[kind], given, self.portal_id)
        if found:
            raise invalid(found)

    def refuse_twin(self, kind: str, email: str, except_id: str | None):
        twin = self.find(kind, "email", email)
        if kind == "contacts" and twin and twin["id"] != except_id:
            raise refusal(f"Contact already exists. Existing ID: {twin['id']}", 409, "CONFLICT")

    def find(self, kind: str, property_: str, value: str) -> dict | None:
        wanted = value.lower() if property_ == "email" else value
        living = (one for one in self.by_kind[kind].values() if not one["archived"])
        return next((one for one in living if one["properties"].get(property_) == wanted), None)

    def unique(self, kind: str, property_: str):
        definition = self.definitions[kind].get(property_)
        if not definition or not definition["hasUniqueValue"]:
            where = f"{TYPE_IDS[kind]} property {property_} in portal ID {self.portal_id}"
            raise refusal(f"Unable to perform update/upsert by non-unique {where}")

    def get(self, kind: str, id_: str, id_property: str | None = None, archived: bool = False) -> dict:
        if id_property and id_property != "hs_object_id":
            self.unique(kind, id_property)
            record = self.find(kind, id_property, id_)
        else:
            record = self.by_kind[kind].get(id_)
        if record is None or record["archived"] != archived:
            raise not_found()
        return record

    def upsert(self, kind: str, entry: dict) -> dict:
        """By a unique value: what there is, or a new one."""
        self.unique(kind, entry["idProperty"])
        there = self.find(kind, entry["idProperty"], entry["id"])
        values = {entry["idProperty"]: entry["id"], **entry["properties"]}
        record = self.update(kind, there, values) if there else self.create(kind, values)
        return self.shown(kind, record, None) | {"new": there is None}

    def shown(self, kind: str, record: dict, wanted: list[str] | None) -> dict:
        """A record with the properties that somebody asked for; unknown ones are passed over."""
        given = record["properties"]
        if wanted is None:
            properties = dict(given)
        else:
            own = {"createdate", CHANGED_AT[kind], "hs_object_id"}
            names = [name for name in wanted if name in self.definitions[kind]] or DEFAULTS[kind]
            properties = {name: given.get(name) for name in dict.fromkeys([*names, *sorted(own)])}
        return {name: value for name, value in record.items() if name != "properties"} | {"properties": properties}

    def define(self, kind: str, body: dict) -> dict:
        """A property of an account's own."""
        at = self.clock.rfc3339()
        if body["name"] in self.definitions[kind]:
            message = f"A property named '{body['name']}' already exists."
            raise refusal(message, 409, "OBJECT_ALREADY_EXISTS")
        if not body["name"].replace("_", "").isalnum() or body["name"] != body["name"].lower():
            message = "name must be lower case, with letters, digits and underscores"
            raise detailed("Property name is not valid", [{"message": message, "in": "name", "code": "INVALID_NAME"}])
        options = [{"displayOrder": -1, "hidden": False, **option} for option in body.get("options", [])]
        made = {
            "description": "", "displayOrder": -1, "hasUniqueValue": False, "hidden": False, "formField": False,
            **body,
            "options": options, "createdAt": at, "updatedAt": at, "createdUserId": "1", "updatedUserId": "1",
            "archived": False, "calculated": False, "externalOptions": False, "hubspotDefined": False,
            "modificationMetadata": {
                "archivable": True, "readOnlyDefinition": False, "readOnlyOptions": False, "readOnlyValue": False,
            },
        }  # fmt: skip
        self.definitions[kind][body["name"]] = made
        return made
