"""HubSpot's own client against the fake."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInputUpsert,
    Filter,
    FilterGroup,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.properties import PropertyCreate
from hubspot.oauth.exceptions import ApiException as TokenException
from hubspot.utils.signature import Signature

SECRET = "client-secret-1"


def client(fakes, token="pat-na1-test"):
    return HubSpot(access_token=token, host=fakes.url("hubspot"))


@pytest.fixture
def crm(fakes):
    return client(fakes).crm


@pytest.fixture
def listener():
    """Takes webhooks, and keeps their headers and bodies."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.url = [], f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def contact(**properties):
    return SimplePublicObjectInputForCreate(properties=properties, associations=[])


def told(error) -> dict:
    return json.loads(error.value.body)


def test_a_contact_is_created_read_changed_and_archived(crm):
    contacts = crm.contacts.basic_api
    made = contacts.create(contact(email="Ada@example.com", firstname="Ada"))
    assert made.properties["email"] == "ada@example.com"
    read = contacts.get_by_id("ada@example.com", id_property="email", properties=["firstname"])
    assert (read.id, read.properties["firstname"], read.archived) == (made.id, "Ada", False)
    changed = contacts.update(made.id, SimplePublicObjectInput(properties={"firstname": "Augusta"}))
    assert changed.properties["firstname"] == "Augusta" and changed.updated_at >= made.updated_at
    contacts.archive(made.id)
    with pytest.raises(ApiException) as error:
        contacts.get_by_id(made.id)
    assert error.value.status == 404 and told(error)["message"] == "resource not found"


def test_all_pages_of_a_list(fakes, crm):
    many = [{"email": f"p{n}@example.com"} for n in range(250)]
    ids = fakes.ask("hubspot", "tell", what="create", object="contacts", many=many)["ids"]
    assert [one.id for one in crm.contacts.get_all()] == ids
    first = crm.contacts.basic_api.get_page(limit=100)
    assert len(first.results) == 100 and first.paging.next.after == ids[99]


def test_a_search_and_its_pages(fakes, crm):
    many = [{"email": f"p{n}@example.com", "lastname": "Even" if n % 2 == 0 else "Odd"} for n in range(30)]
    fakes.ask("hubspot", "tell", what="create", object="contacts", many=many)
    even = Filter(property_name="lastname", operator="EQ", value="even")
    asked = dict(filter_groups=[FilterGroup(filters=[even])], limit=10, properties=["lastname"])
    sorts = ['{"propertyName": "hs_object_id", "direction": "ASCENDING"}']
    first = crm.contacts.search_api.do_search(PublicObjectSearchRequest(sorts=sorts, **asked))
    assert (first.total, len(first.results), first.paging.next.after) == (15, 10, "10")
    second = crm.contacts.search_api.do_search(PublicObjectSearchRequest(sorts=sorts, after="10", **asked))
    assert len({one.id for one in first.results + second.results}) == 15 and second.paging is None
    with pytest.raises(ApiException) as error:
        crm.contacts.search_api.do_search(PublicObjectSearchRequest(after="10000", limit=1))
    assert error.value.status == 400


def test_the_index_learns_of_a_record_later(fakes, crm):
    hidden = fakes.ask("hubspot", "tell", what="create", object="contacts", properties={}, hidden=True)["id"]
    assert crm.contacts.search_api.do_search(PublicObjectSearchRequest(limit=1)).total == 0
    assert crm.contacts.basic_api.get_by_id(hidden).id == hidden
    fakes.ask("hubspot", "tell", what="show", id=hidden)
    assert crm.contacts.search_api.do_search(PublicObjectSearchRequest(limit=1)).total == 1


def test_an_upsert_of_several_names_the_one_that_is_refused(crm):
    def entry(trace, email, **properties):
        return SimplePublicObjectBatchInputUpsert(
            id=email, id_property="email", properties=properties, object_write_trace_id=trace
        )

    def upsert(*entries):
        return crm.contacts.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=list(entries)))

    first = upsert(entry("a", "ada@example.com", firstname="Ada"), entry("b", "bob@example.com", lifecyclestage="x"))
    assert [(one.object_write_trace_id, one.new) for one in first.results] == [("a", True)]
    assert first.num_errors == 1 and first.errors[0].context == {"objectWriteTraceId": ["b"]}
    assert "INVALID_OPTION" in first.errors[0].message
    second = upsert(entry("a", "ada@example.com", firstname="Augusta"))
    assert (second.results[0].id, second.results[0].new) == (first.results[0].id, False)
    with pytest.raises(ApiException) as error:
        upsert(SimplePublicObjectBatchInputUpsert(id="x", id_property="firstname", properties={}))
    assert "non-unique 0-1 property firstname" in told(error)["message"]


def test_refusals_say_what_is_wrong(fakes, crm):
    contacts = crm.contacts.basic_api
    there = contacts.create(contact(email="ada@example.com"))
    with pytest.raises(ApiException) as error:
        contacts.create(contact(email="ada@example.com"))
    assert error.value.status == 409
    assert told(error)["message"] == f"Contact already exists. Existing ID: {there.id}"
    with pytest.raises(ApiException) as error:
        contacts.create(contact(shoe_size="44", hs_object_id="1"))
    listed = json.loads(told(error)["message"].split(": ", 1)[1])
    assert [one["error"] for one in listed] == ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"]
    fakes.ask("hubspot", "tell", what="token", token="poor", scopes=["oauth"])
    with pytest.raises(ApiException) as error:
        client(fakes, "poor").crm.contacts.basic_api.get_page()
    assert (error.value.status, told(error)["category"]) == (403, "MISSING_SCOPES")
    with pytest.raises(ApiException) as error:
        client(fakes, "nobody").crm.contacts.basic_api.get_page()
    assert (error.value.status, told(error)["category"]) == (401, "INVALID_AUTHENTICATION")


def test_limits_of_ten_seconds_a_second_and_a_day(fakes, crm):
    fakes.ask("hubspot", "tell", what="rate", most=2)
    page = crm.contacts.basic_api.get_page_with_http_info(limit=1)
    headers = {name.lower(): value for name, value in page[2].items()}
    assert headers["x-hubspot-ratelimit-remaining"] == "1"
    assert headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    crm.contacts.basic_api.get_page()
    with pytest.raises(ApiException) as error:
        crm.contacts.basic_api.get_page()
    assert (error.value.status, told(error)["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    fakes.advance(10_000)
    fakes.ask("hubspot", "tell", what="rate", most=100)
    fakes.ask("hubspot", "tell", what="searches", most=1)
    crm.contacts.search_api.do_search(PublicObjectSearchRequest(limit=1))
    with pytest.raises(ApiException) as error:
        crm.contacts.search_api.do_search(PublicObjectSearchRequest(limit=1))
    assert told(error)["policyName"] == "SECONDLY"
    fakes.ask("hubspot", "tell", what="daily", left=0)
    with pytest.raises(ApiException) as error:
        crm.contacts.basic_api.get_page()
    assert told(error)["policyName"] == "DAILY"


def test_associations_stand_on_both_sides(crm):
    person = crm.contacts.basic_api.create(contact(email="ada@example.com"))
    companies = [crm.companies.basic_api.create(contact(name=name)) for name in ("Acme", "Umbrella")]
    associations = crm.associations.v4.basic_api
    primary = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=1)
    labels = associations.create("contacts", person.id, "companies", companies[0].id, [primary])
    assert labels.labels == ["Primary"]
    plain = associations.create_default("contacts", person.id, "companies", companies[1].id)
    assert plain.results[0].association_spec.association_type_id == 279
    first = associations.get_page("contacts", person.id, "companies", limit=1)
    assert [spec.type_id for spec in first.results[0].association_types] == [1, 279]
    second = associations.get_page("contacts", person.id, "companies", limit=1, after=first.paging.next.after)
    assert str(second.results[0].to_object_id) == companies[1].id and second.paging is None
    back = associations.get_page("companies", companies[0].id, "contacts")
    assert [spec.type_id for spec in back.results[0].association_types] == [2, 280]
    associations.archive("contacts", person.id, "companies", companies[0].id)
    assert associations.get_page("companies", companies[0].id, "contacts").results == []
    read = crm.contacts.basic_api.get_by_id(person.id, associations=["companies"])
    assert [one.id for one in read.associations["companies"].results] == [companies[1].id]


def test_a_property_of_ones_own(crm):
    api = crm.properties.core_api
    wanted = PropertyCreate(
        name="external_id", label="External id", type="string", field_type="text", group_name="dealinformation",
        has_unique_value=True,
    )  # fmt: skip
    made = api.create("deals", wanted)
    assert made.has_unique_value and not made.hubspot_defined
    assert "external_id" in [one.name for one in api.get_all("deals").results]
    deal = crm.deals.basic_api.create(contact(dealname="Roof", external_id="x-1"))
    assert crm.deals.basic_api.get_by_id("x-1", id_property="external_id").id == deal.id
    with pytest.raises(Exception) as error:
        api.create("deals", wanted)
    assert (error.value.status, told(error)["category"]) == (409, "OBJECT_ALREADY_EXISTS")


def test_whose_account_it_is(fakes):
    account = HubSpot(access_token="pat-na1-test", base_url=fakes.url("hubspot"))
    answered = account.api_request({"path": "/account-info/v3/details"})
    assert answered.status_code == 200
    details = answered.json()
    assert (details["timeZone"], details["uiDomain"], details["accountType"]) == ("Europe/Berlin", "app.hubspot.com", "STANDARD")


def test_tokens_end_after_half_an_hour_and_are_renewed(fakes):
    ids = dict(client_id="client-1", client_secret=SECRET)
    tokens = client(fakes, None).oauth.tokens_api
    asked = {"client_id": "client-1", "redirect_uri": "https://a.example", "scope": "oauth crm.objects.contacts.read"}
    code = fakes.agree("hubspot", "/oauth/authorize", **asked)["code"]
    first = tokens.create(grant_type="authorization_code", code=code, redirect_uri="https://a.example", **ids)
    assert first.expires_in == 1800
    assert client(fakes, first.access_token).crm.contacts.basic_api.get_page().results == []
    fakes.advance(1_807_000)
    with pytest.raises(ApiException) as error:
        client(fakes, first.access_token).crm.contacts.basic_api.get_page()
    assert told(error)["category"] == "EXPIRED_AUTHENTICATION" and "expired 7 second(s) ago" in told(error)["message"]
    second = tokens.create(grant_type="refresh_token", refresh_token=first.refresh_token, **ids)
    assert second.refresh_token == first.refresh_token
    assert client(fakes, second.access_token).crm.contacts.basic_api.get_page().results == []
    with pytest.raises(TokenException) as error:
        tokens.create(grant_type="refresh_token", refresh_token="other", **ids)
    assert (error.value.status, told(error)["status"]) == (400, "BAD_REFRESH_TOKEN")


def test_a_webhook_is_signed_as_the_client_checks_it(fakes, crm, listener):
    crm.contacts.basic_api.create(contact(email="ada@example.com"))
    url = f"{listener.url}/hooks/crm?a=1"
    assert fakes.ask("hubspot", "send", url=url)["status"] == 200
    headers, body = listener.got[0]
    asked = dict(http_uri=url, signature_version="v3", timestamp=headers["x-hubspot-request-timestamp"])
    signature = headers["x-hubspot-signature-v3"]
    assert Signature.is_valid(signature, SECRET, body, **asked)
    assert not Signature.is_valid(signature, "other", body, **asked)
    assert not Signature.is_valid(signature, SECRET, body, **asked | {"http_uri": f"{listener.url}/hooks/crm"})
    events = json.loads(body)
    assert [(one["subscriptionType"], one["attemptNumber"]) for one in events] == [("contact.creation", 0)]
    fakes.ask("hubspot", "send", url=url, again=True)
    again = json.loads(listener.got[1][1])
    assert again == [events[0] | {"attemptNumber": 1}]
    assert fakes.look("hubspot", "state")["pending"] == 0
