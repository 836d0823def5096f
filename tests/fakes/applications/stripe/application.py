"""The application: who asks, what they ask for, and what a test has happen."""

import base64
import hashlib
import hmac
import itertools
import json
import re
from email.utils import formatdate

from framework import Answer, Application, Delivery, Refusal, Request, Window, answer, route

from . import endpoints, invoicing, objects, payments
from .errors import invalid, limited, missing, refusal, unauthorized
from .ledger import Ledger
from .parameters import Object, read
from .replays import Replays

DEFAULT_VERSION = "2024-06-20"
OWN, CONNECTED = "acct_1Fake0000000001", "acct_1Fake0000000002"
DATED = "2022-11-15 2023-08-16 2023-10-16 2024-04-10 2024-06-20".split()
NAMED = re.compile(r"20\d\d-\d\d-\d\d\.(acacia|basil|clover|dahlia|endive)")
# What test mode allows.
REQUESTS_PER_SECOND = 25


class Stripe(Application):
    """Test mode of `OWN`, a platform with the connected account `CONNECTED`."""

    name = "stripe"

    def reset(self) -> None:
        self.numbers = itertools.count(1)
        number = lambda: next(self.numbers)
        names = {OWN: "Fake GmbH", CONNECTED: "Connected Ltd"}
        self.ledgers = {id: Ledger(self.clock, objects.account(id, name), number) for id, name in names.items()}
        self.replays = Replays(self.clock)
        self.window = Window(self.clock, REQUESTS_PER_SECOND, 1000)
        self.keys = {"sk_test_fake": "secret", "rk_test_fake": "restricted"}
        self.secret = "whsec_fake"

    # Every request

    def before(self, request: Request) -> None:
        request.id = f"req_Fake{next(self.numbers):08d}"
        key = request.bearer() or basic(request)
        if not key:
            message = (
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
                "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
                "details, or we can help at https://support.stripe.com/."
            )
            raise unauthorized(message)
        if self.keys.get(key) == "expired":
            raise unauthorized(f"Expired API Key provided: {masked(key)}", "api_key_expired")
        if key not in self.keys:
            raise unauthorized(f"Invalid API Key provided: {masked(key)}")
        request.key = key
        if not self.window.take():
            raise limited()
        request.version = request.header("stripe-version") or DEFAULT_VERSION
        if request.version not in DATED and not NAMED.fullmatch(request.version):
            raise invalid(f"Invalid Stripe API version: {request.version}")
        account = request.header("stripe-account") or OWN
        if account not in self.ledgers:
            message = (
                f"The provided key '{masked(key)}' does not have access to account '{account}' (or that account does not "
                "exist). Application access may have been revoked."
            )
            raise refusal(403, message, code="account_invalid")
        request.account, request.ledger = account, self.ledgers[account]

    def after(self, request: Request, given: Answer) -> None:
        given.headers["date"] = formatdate(self.clock.now(), usegmt=True)
        given.headers.setdefault("request-id", getattr(request, "id", "req_Fake"))
        given.headers["stripe-version"] = getattr(request, "version", DEFAULT_VERSION)
        if key := request.header("idempotency-key"):
            given.headers["idempotency-key"] = key

    def unknown(self, request: Request) -> Answer:
        message = (
            f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or we can help "
            "at https://support.stripe.com/."
        )
        return refusal(404, message).answer

    def create(self, request: Request, takes: Object, check, make) -> Answer:
        """What creating has in common: `check` refuses before a key is used up, `make` gives the new object."""
        if request.content_type not in ("application/x-www-form-urlencoded", ""):
            message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
            raise invalid(message)
        if replayed := self.replays.find(request, request.account):
            return replayed
        given = takes.take(read(request.form()))
        check(given)
        try:
            made = make(given)
            result = answer(request.ledger.expand(invoicing.shown(made, request.version), given.get("expand", [])))
        except Refusal as refused:
            result = refused.answer
        self.replays.keep(request, request.account, result, request.id)
        return result

    def one(self, request: Request, kind: str, param: str) -> Answer:
        given = endpoints.ONE.take(read(request.query))
        found = request.ledger.find(kind, request.parameters["id"], param, status=404)
        return answer(request.ledger.expand(invoicing.shown(found, request.version), given.get("expand", [])))

    def page(self, request: Request, kind: str, takes: Object) -> Answer:
        given = takes.take(read(request.query))
        listed = request.ledger.listed(kind, request.path, given)
        listed["data"] = [invoicing.shown(one, request.version) for one in listed["data"]]
        return answer(request.ledger.expand(listed, given.get("expand", [])))

    def happen(self, request: Request, kind: str, about: dict) -> None:
        asked = {"id": request.id, "idempotency_key": request.header("idempotency-key") or None}
        request.ledger.happen(kind, about, asked, DEFAULT_VERSION)

    # Customers

    @route("POST", "/v1/customers")
    def create_customer(self, request: Request) -> Answer:
        def make(given):
            ledger = request.ledger
            made = ledger.keep(objects.customer(ledger.id("cus"), self.clock.now(), given))
            self.happen(request, "customer.created", made)
            return made

        return self.create(request, endpoints.CREATE_CUSTOMER, lambda given: None, make)

    @route("GET", "/v1/customers/{id}")
    def get_customer(self, request: Request) -> Answer:
        return self.one(request, "customer", "id")

    @route("GET", "/v1/customers")
    def list_customers(self, request: Request) -> Answer:
        return self.page(request, "customer", endpoints.LIST_CUSTOMERS)

    # Payments

    @route("POST", "/v1/payment_intents")
    def create_payment_intent(self, request: Request) -> Answer:
        ledger = request.ledger
        happen = lambda kind, about: self.happen(request, kind, about)

        def make(given):
            automatic = payments.automatic_methods(given, request.version)
            made = ledger.keep(objects.payment_intent(ledger.id("pi"), self.clock.now(), given, automatic))
            happen("payment_intent.created", made)
            method = given.get("payment_method")
            if given.get("confirm"):
                payments.confirm(ledger, made, method, given, happen)
            elif method:
                made["payment_method"], made["status"] = ledger.id("pm"), "requires_confirmation"
            return made

        check = lambda given: payments.check_intent(ledger, given, request.version)
        return self.create(request, endpoints.CREATE_PAYMENT_INTENT, check, make)

    @route("GET", "/v1/payment_intents/{id}")
    def get_payment_intent(self, request: Request) -> Answer:
        return self.one(request, "payment_intent", "intent")

    @route("GET", "/v1/payment_intents")
    def list_payment_intents(self, request: Request) -> Answer:
        return self.page(request, "payment_intent", endpoints.LIST_PAYMENT_INTENTS)

    @route("GET", "/v1/charges/{id}")
    def get_charge(self, request: Request) -> Answer:
        return self.one(request, "charge", "id")

    # Invoices

    @route("POST", "/v1/invoices")
    def create_invoice(self, request: Request) -> Answer:
        ledger = request.ledger

        def check(given):
            ledger.find("customer", given["customer"], "customer")
            is_sent = given.get("collection_method") == "send_invoice"
            has_due = "days_until_due" in given or "due_date" in given
            if is_sent and not has_due:
                message = "You must specify either `due_date` or `days_until_due` if `collection_method` is `send_invoice`."
                raise invalid(message)
            if has_due and not is_sent:
                name = "days_until_due" if "days_until_due" in given else "due_date"
                raise invalid(f"You can only specify `{name}` if `collection_method` is `send_invoice`.", name)
            if "subscription" in given:
                raise missing("subscription", given["subscription"], "subscription")

        def make(given):
            customer = ledger.kept["customer"][given["customer"]]
            takes = given.get("pending_invoice_items_behavior") == "include"
            items = ledger.kept["invoiceitem"].values() if takes else []
            waiting = [one for one in items if one["customer"] == customer["id"] and not one["invoice"]]
            currency = given.get("currency") or next((one["currency"] for one in waiting), "eur")
            made = ledger.keep(invoicing.invoice(ledger.id("in"), self.clock.now(), given, customer, currency))
            for item in waiting:
                invoicing.add(made, item)
            self.happen(request, "invoice.created", made)
            return made

        return self.create(request, endpoints.CREATE_INVOICE, check, make)

    @route("GET", "/v1/invoices/{id}")
    def get_invoice(self, request: Request) -> Answer:
        return self.one(request, "invoice", "invoice")

    @route("GET", "/v1/invoices")
    def list_invoices(self, request: Request) -> Answer:
        return self.page(request, "invoice", endpoints.LIST_INVOICES)

    @route("POST", "/v1/invoiceitems")
    def create_invoice_item(self, request: Request) -> Answer:
        ledger = request.ledger

        def check(given):
            ledger.find("customer", given["customer"], "customer")
            if "price" in given:
                raise missing("price", given["price"], "price")
            for name in ("amount", "currency"):
                if name not in given:
                    raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
            if "invoice" in given and ledger.find("invoice", given["invoice"], "invoice")["status"] != "draft":
                raise invalid("This invoice is no longer editable", "invoice", "invoice_not_editable")

        def make(given):
            made = ledger.keep(invoicing.item(ledger.id("ii"), self.clock.now(), given))
            if "invoice" in given:
                invoicing.add(ledger.kept["invoice"][given["invoice"]], made)
            self.happen(request, "invoiceitem.created", made)
            return made

        return self.create(request, endpoints.CREATE_INVOICE_ITEM, check, make)

    # Refunds

    @route("POST", "/v1/refunds")
    def create_refund(self, request: Request) -> Answer:
        ledger = request.ledger

        def make(given):
            charged, amount = payments.refunded(ledger, given)
            made = ledger.keep(objects.refund(ledger.id("re"), self.clock.now(), given, charged, amount))
            charged["amount_refunded"] += amount
            charged["refunded"] = charged["amount_refunded"] == charged["amount"]
            self.happen(request, "refund.created", made)
            self.happen(request, "charge.refunded", charged)
            return made

        return self.create(request, endpoints.CREATE_REFUND, lambda given: payments.refunded(ledger, given), make)

    @route("GET", "/v1/refunds/{id}")
    def get_refund(self, request: Request) -> Answer:
        return self.one(request, "refund", "id")

    @route("GET", "/v1/refunds")
    def list_refunds(self, request: Request) -> Answer:
        return self.page(request, "refund", endpoints.LIST_REFUNDS)

    # Events and the account

    @route("GET", "/v1/events/{id}")
    def get_event(self, request: Request) -> Answer:
        return self.one(request, "event", "id")

    @route("GET", "/v1/events")
    def list_events(self, request: Request) -> Answer:
        return self.page(request, "event", endpoints.LIST_EVENTS)

    @route("GET", "/v1/account")
    def get_account(self, request: Request) -> Answer:
        endpoints.ONE.take(read(request.query))
        if self.keys[request.key] == "restricted":
            message = (
                f"The provided key '{masked(request.key)}' does not have the required permissions for this endpoint on account "
                f"'{request.account}'. Having the 'rak_accounts_kyc_basic_read' permission would allow this request to continue."
            )
            raise refusal(403, message)
        return answer(request.ledger.account)

    # The desk

    def tell(self, what: dict):
        """`key` expires or is made; `rate` changes; keys are `in-use`; many `customers`; `events` of a type and an age;
        an invoice is `paid`."""
        ledger = self.ledgers[what.get("account", OWN)]
        match what["what"]:
            case "key":
                self.keys[what["key"]] = what.get("is", "secret")
            case "rate":
                self.window = Window(self.clock, what["most"], what.get("window-ms", 1000))
            case "in-use":
                self.replays.in_use = what.get("times", 1)
            case "customers":
                for n in range(what["count"]):
                    given = {"name": f"Customer {n}", "email": what.get("email", f"{n}@example.com")}
                    ledger.keep(objects.customer(ledger.id("cus"), self.clock.now(), given))
            case "events":
                kind, ago_s = what.get("type", "customer.created"), what.get("ago-s", 0)
                made = [self.made_event(ledger, kind, what.get("object"), ago_s) for _ in range(what.get("count", 1))]
                return {"ids": [one["id"] for one in made]}
            case "paid":
                invoice = ledger.kept["invoice"][what["invoice"]]
                invoice |= {"status": "paid", "paid": True, "amount_paid": invoice["amount_due"], "amount_remaining": 0}
                made = self.made_event(ledger, "invoice.paid", invoice, 0)
                return {"ids": [made["id"]]}
            case _:
                return super().tell(what)

    def made_event(self, ledger: Ledger, kind: str, about: dict | None, ago_s: int) -> dict:
        made = about or objects.customer(ledger.id("cus"), self.clock.now(), {})
        return ledger.happen(kind, made, {"id": None, "idempotency_key": None}, DEFAULT_VERSION, ago_s)

    def deliver(self, what: dict) -> Delivery:
        """An `event` by its id, or a new one of a `type` about an `object`; signed `ago-s` seconds ago, with another
        `secret` if it says so."""
        ledger = self.ledgers[what.get("account", OWN)]
        if "event" in what:
            event = ledger.kept["event"][what["event"]]
        else:
            event = self.made_event(ledger, what.get("type", "customer.created"), what.get("object"), 0)
        body = json.dumps(event, indent=2)
        at = self.clock.now() - what.get("ago-s", 0)
        secret = what.get("secret", self.secret)
        mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "stripe-signature": f"t={at},v1={mac}",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        return Delivery(headers, body.encode())

    def state(self):
        """Every object of the own account, by kind, and of the connected one under `connected`."""
        held = {id: {kind: list(kept.values()) for kind, kept in one.kept.items()} for id, one in self.ledgers.items()}
        return held[OWN] | {"connected": held[CONNECTED], "secret": self.secret}


def masked(key: str) -> str:
    """As messages show it."""
    return key[:8] + "*" * max(0, len(key) - 12) + key[-4:]


def basic(request: Request) -> str:
    """The key as the user of basic authentication."""
    scheme, _, value = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except ValueError:
        return ""
