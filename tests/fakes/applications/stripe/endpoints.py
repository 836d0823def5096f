"""What each endpoint takes: the parameters of the public reference that stand for something here."""

from .parameters import Boolean, Choice, Currency, Integer, Many, Metadata, Object, Text, Times

ADDRESS = Object({name: Text() for name in ("city", "country", "line1", "line2", "postal_code", "state")})
SHIPPING = Object(
    {"address": ADDRESS, "name": Text(), "phone": Text(), "carrier": Text(), "tracking_number": Text()},
    required=["address", "name"],
)
EXPAND = Many(Text())
PAGE = {"limit": Integer(1, 100), "starting_after": Text(), "ending_before": Text(), "expand": EXPAND}

ONE = Object({"expand": EXPAND})

CREATE_CUSTOMER = Object(
    {
        "address": ADDRESS,
        "balance": Integer(),
        "description": Text(),
        "email": Text(512),
        "expand": EXPAND,
        "invoice_prefix": Text(12),
        "metadata": Metadata(),
        "name": Text(256),
        "payment_method": Text(),
        "phone": Text(20),
        "preferred_locales": Many(Text()),
        "shipping": SHIPPING,
        "tax_exempt": Choice("exempt", "none", "reverse"),
        "tax_id_data": Many(Object({"type": Text(), "value": Text()}, required=["type", "value"])),
    }
)
LIST_CUSTOMERS = Object({"email": Text(512), "created": Times(), **PAGE})

CREATE_PAYMENT_INTENT = Object(
    {
        "amount": Integer(1),
        "application_fee_amount": Integer(0),
        "automatic_payment_methods": Object(
            {"enabled": Boolean(), "allow_redirects": Choice("always", "never")}, required=["enabled"]
        ),
        "capture_method": Choice("automatic", "automatic_async", "manual"),
        "confirm": Boolean(),
        "confirmation_method": Choice("automatic", "manual"),
        "currency": Currency(),
        "customer": Text(),
        "description": Text(1000),
        "error_on_requires_action": Boolean(),
        "expand": EXPAND,
        "metadata": Metadata(),
        "off_session": Boolean(),
        "payment_method": Text(),
        "payment_method_types": Many(Text()),
        "receipt_email": Text(),
        "return_url": Text(),
        "setup_future_usage": Choice("off_session", "on_session"),
        "shipping": SHIPPING,
        "statement_descriptor": Text(22),
        "statement_descriptor_suffix": Text(22),
        "transfer_group": Text(),
    },
    required=["amount", "currency"],
)
LIST_PAYMENT_INTENTS = Object({"customer": Text(), "created": Times(), **PAGE})

CREATE_INVOICE = Object(
    {
        "auto_advance": Boolean(),
        "automatic_tax": Object({"enabled": Boolean()}, required=["enabled"]),
        "collection_method": Choice("charge_automatically", "send_invoice"),
        "currency": Currency(),
        "custom_fields": Many(Object({"name": Text(40), "value": Text(140)}, required=["name", "value"]), most=4),
        "customer": Text(),
        "days_until_due": Integer(0),
        "default_payment_method": Text(),
        "description": Text(1500),
        "due_date": Integer(),
        "expand": EXPAND,
        "footer": Text(),
        "metadata": Metadata(),
        "pending_invoice_items_behavior": Choice("exclude", "include"),
        "statement_descriptor": Text(22),
        "subscription": Text(),
    },
    required=["customer"],
)
LIST_INVOICES = Object(
    {
        "collection_method": Choice("charge_automatically", "send_invoice"),
        "created": Times(),
        "customer": Text(),
        "due_date": Times(),
        "status": Choice("draft", "open", "paid", "uncollectible", "void"),
        "subscription": Text(),
        **PAGE,
    }
)
CREATE_INVOICE_ITEM = Object(
    {
        "amount": Integer(),
        "currency": Currency(),
        "customer": Text(),
        "description": Text(),
        "discountable": Boolean(),
        "expand": EXPAND,
        "invoice": Text(),
        "metadata": Metadata(),
        "price": Text(),
        "quantity": Integer(0),
    },
    required=["customer"],
)

CREATE_REFUND = Object(
    {
        "amount": Integer(1),
        "charge": Text(),
        "expand": EXPAND,
        "instructions_email": Text(),
        "metadata": Metadata(),
        "payment_intent": Text(),
        "reason": Choice("duplicate", "fraudulent", "requested_by_customer"),
        "refund_application_fee": Boolean(),
        "reverse_transfer": Boolean(),
    }
)
LIST_REFUNDS = Object({"charge": Text(), "payment_intent": Text(), "created": Times(), **PAGE})

LIST_EVENTS = Object(
    {"type": Text(), "types": Many(Text(), most=20), "created": Times(), "delivery_success": Boolean(), **PAGE}
)
