"""Associations of records, version 4."""

from .errors import known, malformed, refusal
from .schema import TYPE_IDS

# The plain one of each pair of kinds, and those that HubSpot defines besides, with their labels.
PLAIN = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("deals", "contacts"): 3,
    ("contacts", "deals"): 4,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("contacts", "contacts"): 449,
    ("companies", "companies"): 450,
    ("deals", "deals"): 451,
}
PRIMARY = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}
BACK = {279: 280, 280: 279, 3: 4, 4: 3, 341: 342, 342: 341, 449: 449, 450: 450, 451: 451, 1: 2, 2: 1, 5: 6, 6: 5}


class Associations:
    """Types by the two records, in both directions."""

    def __init__(self, records, notify):
        self.records, self.notify = records, notify
        self.types: dict[tuple, dict[str, set[int]]] = {}

    def add(self, source: tuple[str, str], target: tuple[str, str], numbers: list[int]):
        for (kind, id_), (other, other_id), back in [(source, target, False), (target, source, True)]:
            of_record = self.types.setdefault((kind, id_, other), {})
            new = {BACK[number] if back else number for number in numbers} | {PLAIN[kind, other]}
            there = of_record.setdefault(other_id, set())
            if not new <= there:
                there |= new
                self.notify(kind, "associationChange", None, fromObjectId=int(id_), toObjectId=int(other_id))

    def remove(self, source: tuple[str, str], target: tuple[str, str], numbers: list[int] | None):
        """The named types, or all of them."""
        for (kind, id_), (other, other_id), back in [(source, target, False), (target, source, True)]:
            of_record = self.types.get((kind, id_, other), {})
            if numbers is not None and other_id in of_record:
                of_record[other_id] -= {BACK[number] if back else number for number in numbers}
            if numbers is None or not of_record.get(other_id):
                of_record.pop(other_id, None)

    def page(self, kind: str, id_: str, other: str, limit: int, after: str | None) -> dict:
        of_record = self.types.get((kind, id_, other), {})
        ids = sorted((one for one in of_record if not after or int(one) >= int(after)), key=int)
        result = {
            "results": [
                {
                    "toObjectId": int(one),
                    "associationTypes": [self.described(kind, other, number) for number in sorted(of_record[one])],
                }
                for one in ids[:limit]
            ]
        }
        if len(ids) > limit:
            result["paging"] = {"next": {"after": ids[limit]}}
        return result

    def described(self, kind: str, other: str, number: int) -> dict:
        label = "Primary" if PRIMARY.get((kind, other)) == number else None
        return {"category": "HUBSPOT_DEFINED", "typeId": number, "label": label}

    def numbers(self, kind: str, other: str, types) -> list[int]:
        """The types that a request names, which must be some of this pair."""
        if not isinstance(types, list) or not types:
            raise malformed("association types must not be empty")
        numbers = []
        for one in types:
            known(one, {"associationCategory": True, "associationTypeId": True}, "association type")
            if one["associationTypeId"] not in (PLAIN[kind, other], PRIMARY.get((kind, other))):
                pair = f"{TYPE_IDS[kind]} to {TYPE_IDS[other]}"
                raise refusal(f"{one['associationTypeId']} is not a valid association type for {pair}")
            numbers.append(one["associationTypeId"])
        return numbers

    def exists(self, *pairs: tuple[str, str]):
        for kind, id_ in pairs:
            record = self.records.by_kind[kind].get(id_)
            if record is None or record["archived"]:
                message = f"One or more associations are not valid: {kind} {id_} does not exist"
                raise refusal(message, 404, "OBJECT_NOT_FOUND")
