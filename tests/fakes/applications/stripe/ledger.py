"""What one account holds, and its lists."""

import copy
import fnmatch

from framework import Clock

from . import objects
from .errors import invalid, missing, refusal

KEPT_S = 30 * 24 * 3600

# How messages name them, and the fields of others that hold their ids.
NAMES = {
    "charge": "charge",
    "customer": "customer",
    "event": "event",
    "invoice": "invoice",
    "invoiceitem": "invoiceitem",
    "payment_intent": "payment_intent",
    "refund": "refund",
}
EXPANDABLE = {
    "charge": "charge",
    "customer": "customer",
    "invoice": "invoice",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
}


class Ledger:
    """Objects by kind and id, in the order in which they came."""

    def __init__(self, clock: Clock, account: dict, number):
        self.clock, self.account, self.number = clock, account, number
        self.kept: dict[str, dict[str, dict]] = {kind: {} for kind in NAMES}

    def id(self, prefix: str) -> str:
        """A new one, unlike any of any account."""
        return f"{prefix}_1Fake{self.number():010d}"

    def keep(self, made: dict) -> dict:
        """Holds a new object."""
        self.kept[made["object"]][made["id"]] = made
        return made

    def find(self, kind: str, id: str, param: str, status: int = 400) -> dict:
        """An object, or Stripe's word that there is none."""
        found = self.kept[kind].get(id)
        if found is None:
            raise missing(NAMES[kind], id, param, status)
        if kind == "event" and not self.is_kept(found):
            message = f"Event {id} is no longer available because it's aged out of our retention policy."
            raise refusal(404, message, param=param, code="resource_missing")
        return found

    def is_kept(self, event: dict) -> bool:
        """Events are there for 30 days."""
        return event["created"] > self.clock.now() - KEPT_S

    def happen(self, kind: str, about: dict, request: dict, version: str, ago_s: int = 0) -> dict:
        """Something happened, or is seen only now: then its place in the list is further down."""
        at = self.clock.now() - ago_s
        made = objects.event(self.id("evt"), at, kind, copy.deepcopy(about), request, version)
        return self.keep(made)

    def listed(self, kind: str, path: str, given: dict) -> dict:
        """A page, newest first."""
        if "starting_after" in given and "ending_before" in given:
            raise invalid("You cannot parameterize both starting_after and ending_before.", "starting_after")
        every = [one for one in self.kept[kind].values() if kind != "event" or self.is_kept(one)]
        # Of equal times, the one that came last is first.
        newest = sorted(reversed(every), key=lambda one: one["created"], reverse=True)
        limit = given.get("limit", 10)
        if after := given.get("starting_after"):
            at = newest.index(self.find(kind, after, "starting_after"))
            rest = [one for one in newest[at + 1 :] if fits(one, given)]
            data, has_more = rest[:limit], len(rest) > limit
        elif before := given.get("ending_before"):
            at = newest.index(self.find(kind, before, "ending_before"))
            rest = [one for one in newest[:at] if fits(one, given)]
            data, has_more = rest[-limit:], len(rest) > limit
        else:
            rest = [one for one in newest if fits(one, given)]
            data, has_more = rest[:limit], len(rest) > limit
        return {"object": "list", "data": copy.deepcopy(data), "has_more": has_more, "url": path}

    def expand(self, shown: dict, paths: list[str]) -> dict:
        """Puts objects where their ids are; `data.` goes into each of a list."""
        shown = copy.deepcopy(shown)
        for path in paths:
            self.expand_one(shown, path.split("."), path)
        return shown

    def expand_one(self, shown: dict, names: list[str], path: str) -> None:
        first, *rest = names
        if shown.get("object") == "list" and first == "data":
            for one in shown["data"]:
                self.expand_one(one, rest, path)
            return
        if first not in EXPANDABLE or first not in shown:
            message = f"This property cannot be expanded ({first})."
            raise invalid(message, "expand")
        if isinstance(shown[first], str):
            shown[first] = copy.deepcopy(self.kept[EXPANDABLE[first]][shown[first]])
        if rest and shown[first]:
            self.expand_one(shown[first], rest, path)


def fits(one: dict, given: dict) -> bool:
    """Whether a list's filters leave it."""
    for name in ("customer", "email", "payment_intent", "charge", "status", "collection_method", "subscription"):
        if name in given and one.get(name) != given[name]:
            return False
    for name in ("created", "due_date"):
        if name in given and not within(one.get(name), given[name]):
            return False
    if "type" in given and not fnmatch.fnmatchcase(one["type"], given["type"]):
        return False
    return "types" not in given or one["type"] in given["types"]


def within(at: int | None, span: dict) -> bool:
    if at is None:
        return False
    checks = {"gt": at.__gt__, "gte": at.__ge__, "lt": at.__lt__, "lte": at.__le__}
    return all(checks[name](bound) for name, bound in span.items())
