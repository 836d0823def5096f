"""HubSpot: contacts, companies, deals, their associations and properties, OAuth, and webhooks of version 3.

`tell`: `{"what": "token", "token", "scopes"}` makes a token or takes scopes from one, `revoke` takes it back;
`rate` (`most`, `window-ms`), `searches` (`most`) and `daily` (`left`) set limits; `create` (`object`, `properties`,
`at-ms`, `hidden`) and `change` (`object`, `id`, `properties`, `at-ms`) are a person's work, `show` (`id`) has the index
learn of a record. `deliver` sends what was not sent yet, up to a hundred; with `again` what was sent last.
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

from framework import Application, Delivery, answer, route

from .access import ALL_SCOPES, CLIENT, Access
from .associations import PLAIN, Associations
from .errors import known, not_found, parameters, read, refusal
from .records import Records
from .schema import FIELD_TYPES, SINGULAR, TYPE_IDS, TYPES
from .search import search

PORTAL_ID = 62515
INPUTS_MAX, DELIVERED_MAX = 100, 100


class HubSpot(Application):
    name = "hubspot"

    def reset(self):
        self.access = Access(self.clock)
        self.records = Records(self.clock, PORTAL_ID, self.notify)
        self.associations = Associations(self.records, self.notify)
        self.notifications, self.delivered, self.event_ids = [], [], 0

    def before(self, request):
        if request.path.startswith("/oauth/"):
            return
        request.token = self.access.authenticate(request.bearer())
        self.access.count(request.token, request.path.endswith("/search"))

    def after(self, request, given):
        token = getattr(request, "token", None)
        if token and not request.path.endswith("/search"):
            given.headers |= self.access.headers(token)

    def unknown(self, request):
        return not_found().answer

    def kind(self, name: str, request=None, right: str = "read", what: str = "objects") -> str:
        kind = TYPES.get(name) or SINGULAR.get(name) or name
        if kind not in TYPE_IDS:
            raise refusal(f"Unable to infer object type from: {name}")
        if request:
            self.access.need(request.token, f"crm.{what}.{kind}.{right}")
        return kind

    # The account and its tokens.

    @route("GET", "/account-info/v3/details")
    def details(self, request):
        return answer(
            {
                "portalId": PORTAL_ID,
                "accountType": "STANDARD",
                "timeZone": "Europe/Berlin",
                "companyCurrency": "EUR",
                "additionalCurrencies": [],
                "utcOffset": "+01:00",
                "utcOffsetMilliseconds": 3_600_000,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "na1",
            }
        )

    @route("GET", "/oauth/authorize")
    def authorize(self, request):
        """The person who is sent here agrees."""
        asked = dict(request.query)
        code = self.access.consent(asked)
        back = {"code": code} | ({"state": asked["state"]} if "state" in asked else {})
        return answer(status=302, headers={"location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    @route("POST", "/oauth/v1/token")
    def token(self, request):
        return answer(self.access.exchange(dict(request.form())))

    @route("GET", "/oauth/v1/access-tokens/{token}")
    def token_details(self, request):
        token = self.access.authenticate(request.parameters["token"])
        left_ms = self.access.ends.get(token, 0) - self.clock.now_ms()
        return answer(
            {
                "token": token, "user": "ada@example.com", "hub_domain": "acme.example", "hub_id": PORTAL_ID,
                "scopes": self.access.scopes[token], "app_id": 4, "user_id": 1, "token_type": "access",
                "expires_in": left_ms // 1000,
            }
        )  # fmt: skip

    # Records.

    @route("POST", "/crm/v3/objects/{kind}")
    def create(self, request):
        kind = self.kind(request.parameters["kind"], request, "write")
        body = known(read(request), {"properties": True, "associations": False})
        wanted = []
        for one in body.get("associations") or []:
            known(one, {"to": True, "types": True}, "association")
            to = str(known(one["to"], {"id": True}, "association")["id"])
            numbers = [spec.get("associationTypeId") for spec in one["types"]]
            fitting = [other for other in TYPE_IDS if (kind, other) in PLAIN and self.fits(kind, other, one["types"])]
            if not fitting:
                raise refusal(f"{numbers} are not valid association types for {TYPE_IDS[kind]}")
            self.associations.exists((fitting[0], to))
            wanted.append(((fitting[0], to), numbers))
        record = self.records.create(kind, body["properties"])
        for target, numbers in wanted:
            self.associations.add((kind, record["id"]), target, numbers)
        return answer(self.records.shown(kind, record, None), 201)

    def fits(self, kind: str, other: str, types) -> bool:
        try:
            return bool(self.associations.numbers(kind, other, types))
        except Exception:
            return False

    @route("GET", "/crm/v3/objects/{kind}")
    def list(self, request):
        kind = self.kind(request.parameters["kind"], request)
        given = parameters(request, {"limit", "after", "properties", "associations", "archived", "propertiesWithHistory"})
        limit = int(given.get("limit", ["10"])[0])
        if not 1 <= limit <= 100:
            raise refusal("limit must be between 1 and 100")
        after = int(given.get("after", ["0"])[0])
        archived = given.get("archived") == ["true"]
        records = sorted(
            (one for one in self.records.by_kind[kind].values() if one["archived"] == archived and int(one["id"]) > after),
            key=lambda one: int(one["id"]),
        )
        page = {"results": [self.full(kind, one, given) for one in records[:limit]]}
        if len(records) > limit:
            last = records[limit - 1]["id"]
            link = f"https://api.hubapi.com/crm/v3/objects/{kind}?limit={limit}&after={last}"
            page["paging"] = {"next": {"after": last, "link": link}}
        return answer(page)

    @route("GET", "/crm/v3/objects/{kind}/{id}")
    def get(self, request):
        kind = self.kind(request.parameters["kind"], request)
        given = parameters(request, {"properties", "associations", "archived", "idProperty", "propertiesWithHistory"})
        id_property, archived = given.get("idProperty", [None])[0], given.get("archived") == ["true"]
        record = self.records.get(kind, request.parameters["id"], id_property, archived)
        return answer(self.full(kind, record, given))

    def full(self, kind: str, record: dict, given: dict) -> dict:
        """A record with the associations that were asked for."""
        shown = self.records.shown(kind, record, given.get("properties", []))
        for name in given.get("associations", []):
            other = self.kind(name)
            found = self.associations.page(kind, record["id"], other, 100, None)["results"]
            if found:
                word = f"{kind_word(kind)}_to_{kind_word(other)}"
                results = [{"id": str(one["toObjectId"]), "type": word} for one in found]
                shown.setdefault("associations", {})[other] = {"results": results}
        return shown

    @route("PATCH", "/crm/v3/objects/{kind}/{id}")
    def update(self, request):
        kind = self.kind(request.parameters["kind"], request, "write")
        given = parameters(request, {"idProperty"})
        body = known(read(request), {"properties": True})
        record = self.records.get(kind, request.parameters["id"], given.get("idProperty", [None])[0])
        return answer(self.records.shown(kind, self.records.update(kind, record, body["properties"]), None))

    @route("DELETE", "/crm/v3/objects/{kind}/{id}")
    def archive(self, request):
        kind = self.kind(request.parameters["kind"], request, "write")
        self.records.archive(kind, self.records.get(kind, request.parameters["id"]))
        return answer(status=204)

    @route("POST", "/crm/v3/objects/{kind}/search")
    def search(self, request):
        return answer(search(self.records, self.kind(request.parameters["kind"], request), read(request)))

    @route("POST", "/crm/v3/objects/{kind}/batch/upsert")
    def upsert(self, request):
        kind = self.kind(request.parameters["kind"], request, "write")
        inputs = known(read(request), {"inputs": True})["inputs"]
        if len(inputs) > INPUTS_MAX:
            raise refusal(f"The maximum number of inputs supported in a batch request is {INPUTS_MAX}")
        fields = {"id": True, "idProperty": True, "properties": True, "objectWriteTraceId": False}
        ids = [known(one, fields, "input")["id"] for one in inputs]
        if len(set(ids)) < len(ids):
            raise refusal(f"Duplicate IDs found in batch input: {sorted({one for one in ids if ids.count(one) > 1})}")
        started = self.clock.rfc3339()
        # Only who names each record gets to know of each record.
        is_traced = all(one.get("objectWriteTraceId") for one in inputs)
        results, errors = [], []
        for one in inputs:
            try:
                if not is_traced:
                    self.records.unique(kind, one["idProperty"])
                    self.records.validate(kind, one["properties"])
                    continue
                results.append(self.records.upsert(kind, one) | {"objectWriteTraceId": one["objectWriteTraceId"]})
            except Exception as refused:
                if not is_traced or not hasattr(refused, "answer"):
                    raise
                told = json.loads(refused.answer.body)
                context = {"objectWriteTraceId": [one["objectWriteTraceId"]]}
                errors.append(
                    {"status": "error", "category": told["category"], "message": told["message"], "context": context}
                )
        if not is_traced:
            results = [self.records.upsert(kind, one) for one in inputs]
        body = {"status": "COMPLETE", "results": results, "startedAt": started, "completedAt": self.clock.rfc3339()}
        if errors:
            return answer(body | {"numErrors": len(errors), "errors": errors}, 207)
        return answer(body)

    # Associations.

    def pair(self, request, right: str = "write"):
        at = request.parameters
        source = self.kind(at["kind"], request, right), at["id"]
        return source, self.kind(at["other"], request, right)

    @route("PUT", "/crm/v4/objects/{kind}/{id}/associations/default/{other}/{other_id}")
    def associate_plainly(self, request):
        source, other = self.pair(request)
        target = other, request.parameters["other_id"]
        self.associations.exists(source, target)
        self.associations.add(source, target, [])
        results = [
            {
                "from": {"id": one[1]},
                "to": {"id": two[1]},
                "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": PLAIN[one[0], two[0]]},
            }
            for one, two in [(source, target), (target, source)]
        ]
        at = self.clock.rfc3339()
        return answer({"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at})

    @route("PUT", "/crm/v4/objects/{kind}/{id}/associations/{other}/{other_id}")
    def associate(self, request):
        source, other = self.pair(request)
        target = other, request.parameters["other_id"]
        numbers = self.associations.numbers(source[0], other, read(request))
        self.associations.exists(source, target)
        self.associations.add(source, target, numbers)
        labels = [self.associations.described(source[0], other, number)["label"] for number in numbers]
        body = {
            "fromObjectTypeId": TYPE_IDS[source[0]], "fromObjectId": int(source[1]),
            "toObjectTypeId": TYPE_IDS[other], "toObjectId": int(target[1]),
            "labels": [label for label in labels if label],
        }  # fmt: skip
        return answer(body, 201)

    @route("GET", "/crm/v4/objects/{kind}/{id}/associations/{other}")
    def associated(self, request):
        source, other = self.pair(request, "read")
        given = parameters(request, {"limit", "after"})
        limit = int(given.get("limit", ["500"])[0])
        if not 1 <= limit <= 500:
            raise refusal("limit must be between 1 and 500")
        self.associations.exists(source)
        return answer(self.associations.page(*source, other, limit, given.get("after", [None])[0]))

    @route("DELETE", "/crm/v4/objects/{kind}/{id}/associations/{other}/{other_id}")
    def separate(self, request):
        source, other = self.pair(request)
        self.associations.remove(source, (other, request.parameters["other_id"]), None)
        return answer(status=204)

    @route("POST", "/crm/v4/associations/{kind}/{other}/batch/labels/archive")
    def separate_types(self, request):
        kind, other = (self.kind(request.parameters[name], request, "write") for name in ("kind", "other"))
        for one in known(read(request), {"inputs": True})["inputs"]:
            known(one, {"types": True, "from": True, "to": True}, "input")
            numbers = self.associations.numbers(kind, other, one["types"])
            self.associations.remove((kind, one["from"]["id"]), (other, one["to"]["id"]), numbers)
        return answer(status=204)

    # Properties.

    @route("GET", "/crm/v3/properties/{kind}")
    def properties(self, request):
        kind = self.kind(request.parameters["kind"], request, "read", "schemas")
        archived = parameters(request, {"archived", "properties"}).get("archived") == ["true"]
        found = [one for one in self.records.definitions[kind].values() if one["archived"] == archived]
        return answer({"results": found})

    @route("GET", "/crm/v3/properties/{kind}/{name}")
    def property(self, request):
        kind = self.kind(request.parameters["kind"], request, "read", "schemas")
        parameters(request, {"archived", "properties"})
        found = self.records.definitions[kind].get(request.parameters["name"])
        if not found:
            raise not_found()
        return answer(found)

    @route("POST", "/crm/v3/properties/{kind}")
    def create_property(self, request):
        kind = self.kind(request.parameters["kind"], request, "write", "schemas")
        required = ["name", "label", "type", "fieldType", "groupName"]
        others = ["description", "options", "displayOrder", "hasUniqueValue", "hidden", "formField", "externalOptions"]
        others += ["referencedObjectType", "calculationFormula"]
        body = known(read(request), dict.fromkeys(required, True) | dict.fromkeys(others, False))
        if body["fieldType"] not in FIELD_TYPES.get(body["type"], ()):
            raise refusal(f"fieldType {body['fieldType']} does not fit the type {body['type']}")
        if body["type"] == "enumeration" and not body.get("options"):
            raise refusal("An enumeration needs options")
        for option in body.get("options") or []:
            fields = {"label": True, "value": True, "displayOrder": False, "hidden": False, "description": False}
            known(option, fields, "option")
        return answer(self.records.define(kind, body), 201)

    # Webhooks.

    def notify(self, kind: str, what: str, object_id: str | None, **more):
        """The app is subscribed to everything."""
        self.event_ids += 1
        type_ = f"{kind_word(kind)}.{what}"
        told = {
            "eventId": self.event_ids,
            "subscriptionId": 1000 + sum(map(ord, type_ + more.get("propertyName", ""))) % 1000,
            "portalId": PORTAL_ID,
            "appId": 4,
            "occurredAt": self.clock.now_ms(),
            "subscriptionType": type_,
            "attemptNumber": 0,
            "changeSource": "CRM_UI",
            **more,
        }
        if object_id:
            told["objectId"] = int(object_id)
        self.notifications.append(told)

    def deliver(self, what):
        if what.get("again"):
            self.delivered = [one | {"attemptNumber": one["attemptNumber"] + 1} for one in self.delivered]
        else:
            self.delivered = self.notifications[:DELIVERED_MAX]
            del self.notifications[:DELIVERED_MAX]
        body = json.dumps(self.delivered)
        stamp = str(self.clock.now_ms() - what.get("late-ms", 0))
        secret = what.get("secret", CLIENT["secret"])
        content = f"POST{self.target}{body}{stamp}".encode()
        signature = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
        headers = {
            "content-type": "application/json",
            "user-agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client)",
            "x-hubspot-signature-v3": signature,
            "x-hubspot-request-timestamp": stamp,
        }
        return Delivery(headers, body.encode())

    # What a test has happen.

    def tell(self, what):
        match what["what"]:
            case "token":
                self.access.scopes[what["token"]] = what.get("scopes", list(ALL_SCOPES))
            case "revoke":
                self.access.scopes.pop(what["token"], None)
                self.access.refresh_tokens.discard(what["token"])
            case "rate":
                self.access.burst.most = what["most"]
                self.access.burst.window_ms = what.get("window-ms", 10_000)
            case "searches":
                self.access.searches.most = what["most"]
            case "daily":
                self.access.daily_left = what["left"]
            case "create":
                records = [
                    self.records.create(what["object"], values, what.get("at-ms"), what.get("hidden", False))
                    for values in what.get("many", [what.get("properties", {})])
                ]
                return {"ids": [record["id"] for record in records], "id": records[0]["id"] if records else None}
            case "change":
                record = self.records.get(what["object"], what["id"])
                self.records.update(what["object"], record, what["properties"], what.get("at-ms"))
            case "show":
                self.records.show(what["id"])
            case other:
                raise ValueError(f"hubspot cannot be told {other}")
        return {}

    def state(self):
        return {kind: list(records.values()) for kind, records in self.records.by_kind.items()} | {
            "pending": len(self.notifications),
            "daily-left": self.access.daily_left,
            "associations": [
                {"from": source, "from-id": id_, "to": other, "to-id": to, "types": sorted(numbers)}
                for (source, id_, other), targets in self.associations.types.items()
                for to, numbers in targets.items()
            ],
        }


def kind_word(kind: str) -> str:
    return next(word for word, plural in SINGULAR.items() if plural == kind)
