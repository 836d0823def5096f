"""Stripe's own client for Python, unmodified, against the fake."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import stripe
from stripe import StripeClient


@pytest.fixture
def client(fakes):
    return made(fakes)


def made(fakes, key="sk_test_fake", **options):
    addresses = {"api": fakes.url("stripe")}
    return StripeClient(key, base_addresses=addresses, max_network_retries=0, **options)


def test_what_is_created_is_read_again(client):
    address = {"line1": "Lindenstr. 1", "city": "Berlin", "country": "DE"}
    params = {"name": "Jenny", "email": "j@example.com", "address": address, "metadata": {"order id": "7 & 8"}}
    customer = client.v1.customers.create(params)
    assert customer.id.startswith("cus_")
    again = client.v1.customers.retrieve(customer.id)
    assert again.address.city == "Berlin"
    assert again.metadata["order id"] == "7 & 8"
    assert again.address.line2 is None


def test_a_list_is_paged_to_its_end(fakes, client):
    fakes.ask("stripe", "tell", what="customers", count=230)
    forward = [one.id for one in client.v1.customers.list({"limit": 100}).auto_paging_iter()]
    assert len(forward) == len(set(forward)) == 230
    oldest = forward[-1]
    pages = client.v1.customers.list({"limit": 100, "ending_before": oldest})
    backward = [one.id for one in pages.auto_paging_iter()]
    assert backward == forward[:-1][::-1], "the client turns each page around: it walks from old to new"


def test_a_page_says_whether_there_are_more(fakes, client):
    fakes.ask("stripe", "tell", what="customers", count=3, email="same@example.com")
    page = client.v1.customers.list({"limit": 2, "email": "same@example.com"})
    assert (len(page.data), page.has_more, page.url) == (2, True, "/v1/customers")
    last = client.v1.customers.list({"limit": 2, "starting_after": page.data[-1].id})
    assert (len(last.data), last.has_more) == (1, False)


def paying(method, **more):
    params = {"amount": 1250, "currency": "eur", "payment_method": method, "payment_method_types": ["card"], "confirm": True}
    return params | more


def test_a_payment_is_made_and_given_back_in_parts(client):
    intent = client.v1.payment_intents.create(paying("pm_card_visa", expand=["latest_charge"]))
    assert (intent.status, intent.amount_received) == ("succeeded", 1250)
    assert intent.latest_charge.paid is True
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    assert (first.status, first.amount, first.currency) == ("succeeded", 500, "eur")
    assert (first.payment_intent, first.charge) == (intent.id, intent.latest_charge.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 751})
    assert refused.value.param == "amount"
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": intent.latest_charge.id})
    assert refused.value.code == "charge_already_refunded"
    assert [one.amount for one in client.v1.refunds.list({"payment_intent": intent.id})] == [750, 500]


def test_a_card_that_is_declined(client):
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.create(paying("pm_card_visa_chargeDeclinedInsufficientFunds"))
    error = refused.value
    assert (error.http_status, error.code, error.error.decline_code) == (402, "card_declined", "insufficient_funds")
    assert error.error.payment_intent.status == "requires_payment_method"
    assert error.user_message == "Your card has insufficient funds."


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": 1250, "currency": "eur", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": "12.50", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 1, "currency": "eur"}, "amount_too_small", "amount"),
        ({"amount": 1250, "currency": "eur", "customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"amount": 1250, "currency": "eur", "metadata": "text"}, None, "metadata"),
        ({"amount": 5124, "currency": "kwd"}, None, "amount"),
        ({"amount": 1250, "currency": "eur", "shipping": {"name": "A"}}, "parameter_missing", "shipping[address]"),
    ],
)
def test_what_is_wrong_is_named(client, params, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(params)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)


def test_there_is_no_such_payment(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.retrieve("pi_nothing")
    assert (refused.value.http_status, refused.value.param) == (404, "intent")


def test_keys_that_are_none(fakes):
    with pytest.raises(stripe.AuthenticationError):
        made(fakes, "sk_test_other").v1.customers.list()
    fakes.ask("stripe", "tell", what="key", key="sk_test_fake", **{"is": "expired"})
    with pytest.raises(stripe.AuthenticationError) as refused:
        made(fakes).v1.customers.list()
    assert refused.value.error.code == "api_key_expired"
    with pytest.raises(stripe.PermissionError):
        made(fakes, "rk_test_fake").v1.accounts.retrieve_current()


def test_an_idempotency_key_works_once(client):
    options = {"idempotency_key": "order-7"}
    first = client.v1.customers.create({"name": "A"}, options)
    again = client.v1.customers.create({"name": "A"}, options)
    assert again.id == first.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len(client.v1.customers.list().data) == 1
    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.customers.create({"name": "B"}, options)
    assert refused.value.http_status == 400


def test_a_declined_card_is_repeated_and_a_mistake_is_not(fakes, client):
    options = {"idempotency_key": "pay-7"}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(paying("pm_card_visa_chargeDeclined"), options)
    assert len(fakes.look("stripe", "state")["charge"]) == 1
    options = {"idempotency_key": "pay-8"}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"currency": "eur"}, options)
    assert client.v1.payment_intents.create({"amount": 500, "currency": "jpy"}, options).amount == 500


def test_a_key_is_forgotten_after_a_day(fakes, client):
    options = {"idempotency_key": "order-9"}
    first = client.v1.customers.create({"name": "A"}, options)
    fakes.advance(25 * 3600 * 1000)
    assert client.v1.customers.create({"name": "A"}, options).id != first.id


def test_the_client_tries_again_where_it_is_advised_to(fakes):
    client = made(fakes)
    fakes.ask("stripe", "tell", what="in-use", times=1)
    again = StripeClient("sk_test_fake", base_addresses={"api": fakes.url("stripe")}, max_network_retries=1)
    assert again.v1.customers.create({"name": "A"}).name == "A"
    fakes.ask("stripe", "tell", what="in-use", times=1)
    with pytest.raises(stripe.StripeError) as refused:
        client.v1.customers.create({"name": "B"}, {"idempotency_key": "k"})
    assert (refused.value.http_status, refused.value.error.code) == (409, "idempotency_key_in_use")


def test_a_rate_is_used_up(fakes, client):
    fakes.ask("stripe", "tell", what="rate", most=2)
    client.v1.customers.list()
    client.v1.customers.list()
    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.customers.list()
    assert "retry-after" not in refused.value.headers
    fakes.advance(1000)
    assert client.v1.customers.list().data == []


def test_a_connected_account_has_its_own(fakes, client):
    account = {"stripe_account": "acct_1Fake0000000002"}
    theirs = client.v1.customers.create({"name": "Theirs"}, account)
    assert client.v1.customers.list().data == []
    assert client.v1.customers.retrieve(theirs.id, options=account).name == "Theirs"
    assert client.v1.accounts.retrieve_current(options=account).business_profile.name == "Connected Ltd"


def test_an_invoice_gets_its_lines(fakes):
    client = made(fakes, stripe_version="2024-06-20")
    customer = client.v1.customers.create({"email": "j@example.com"})
    waiting = {"customer": customer.id, "amount": 1000, "currency": "eur", "description": "waits"}
    client.v1.invoice_items.create(waiting)
    params = {"customer": customer.id, "collection_method": "send_invoice", "days_until_due": 14}
    invoice = client.v1.invoices.create(params | {"pending_invoice_items_behavior": "include"})
    client.v1.invoice_items.create({"customer": customer.id, "amount": 990, "currency": "eur", "invoice": invoice.id})
    again = client.v1.invoices.retrieve(invoice.id)
    assert (again.total, again.status, again.paid) == (1990, "draft", False)
    assert [one.amount for one in again.lines.data] == [1000, 990]
    assert again.due_date - again.created == 14 * 86_400
    newer = made(fakes).v1.invoices.retrieve(invoice.id)
    assert "paid" not in newer, "2025-03-31 took it away"


def test_events_are_listed_newest_first_and_kept_for_a_month(fakes, client):
    ids = fakes.ask("stripe", "tell", what="events", count=5, type="invoice.paid")["ids"]
    listed = client.v1.events.list({"type": "invoice.*"})
    assert [one.id for one in listed.data] == ids[::-1]
    after = client.v1.events.list({"ending_before": ids[1], "limit": 2})
    assert ([one.id for one in after.data], after.has_more) == ([ids[3], ids[2]], True)
    late = fakes.ask("stripe", "tell", what="events", **{"ago-s": 5})["ids"]
    assert client.v1.events.list().data[-1].id == late[0], "an event that is seen late has its place by its time"
    fakes.advance(31 * 24 * 3600 * 1000)
    assert client.v1.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.events.list({"ending_before": ids[0]})
    assert refused.value.code == "resource_missing"


def test_a_webhook_is_verified_by_the_client(fakes, client):
    receiver = Receiver()
    fakes.ask("stripe", "send", url=receiver.url, type="customer.created", object={"id": "cus_1", "object": "customer"})
    headers, body = receiver.one()
    event = client.construct_event(body, headers["stripe-signature"], "whsec_fake")
    assert (event.type, event.data.object.id) == ("customer.created", "cus_1")
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, headers["stripe-signature"], "whsec_other")
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body + b" ", headers["stripe-signature"], "whsec_fake")
    receiver = Receiver()
    fakes.ask("stripe", "send", url=receiver.url, **{"ago-s": 10**9})
    headers, body = receiver.one()
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        client.construct_event(body, headers["stripe-signature"], "whsec_fake")


def test_json_is_refused(fakes):
    headers = {"authorization": "Bearer sk_test_fake", "content-type": "application/json"}
    request = Request(fakes.url("stripe") + "/v1/customers", b"{}", headers)
    with pytest.raises(HTTPError, match="400"):
        urlopen(request)


class Receiver:
    """Takes one webhook on loopback."""

    def __init__(self):
        taken = self.taken = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["content-length"])
                taken.append(({name.lower(): value for name, value in self.headers.items()}, self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = Thread(target=self.server.handle_request)
        self.thread.start()

    def one(self):
        self.thread.join(10)
        self.server.server_close()
        return self.taken[0]
