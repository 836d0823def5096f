"""Objects as Stripe shows them, in the shape of 2024-06-20."""

CARD = {
    "brand": "visa",
    "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
    "country": "US",
    "exp_month": 12,
    "exp_year": 2034,
    "fingerprint": "Xt5EWLLDS7FJjR1c",
    "funding": "credit",
    "installments": None,
    "last4": "4242",
    "mandate": None,
    "network": "visa",
    "three_d_secure": None,
    "wallet": None,
}


def address(given: dict | None) -> dict | None:
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: given.get(name) for name in names} if given is not None else None


def shipping(given: dict | None) -> dict | None:
    if given is None:
        return None
    rest = {name: given.get(name) for name in ("name", "phone", "carrier", "tracking_number")}
    return rest | {"address": address(given["address"])}


def account(id: str, name: str) -> dict:
    return {
        "id": id,
        "object": "account",
        "business_profile": {
            "mcc": None,
            "name": name,
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "DE",
        "created": 1600000000,
        "default_currency": "eur",
        "details_submitted": True,
        "email": "owner@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


def customer(id: str, created: int, given: dict) -> dict:
    return {
        "id": id,
        "object": "customer",
        "address": address(given.get("address")),
        "balance": given.get("balance", 0),
        "created": created,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": given.get("description"),
        "discount": None,
        "email": given.get("email"),
        "invoice_prefix": given.get("invoice_prefix", id[-8:].upper()),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "name": given.get("name"),
        "next_invoice_sequence": 1,
        "phone": given.get("phone"),
        "preferred_locales": given.get("preferred_locales", []),
        "shipping": shipping(given.get("shipping")),
        "tax_exempt": given.get("tax_exempt", "none"),
        "test_clock": None,
    }


def payment_intent(id: str, created: int, given: dict, automatic: dict | None) -> dict:
    return {
        "id": id,
        "object": "payment_intent",
        "amount": given["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": given.get("application_fee_amount"),
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.get("capture_method", "automatic"),
        "client_secret": f"{id}_secret_{id[-8:]}",
        "confirmation_method": given.get("confirmation_method", "automatic"),
        "created": created,
        "currency": given["currency"],
        "customer": given.get("customer"),
        "description": given.get("description"),
        "invoice": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": given.get("payment_method_types", ["card"]),
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": shipping(given.get("shipping")),
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": given.get("transfer_group"),
    }


def charge(id: str, created: int, intent: dict, failure: tuple[str, str] | None) -> dict:
    paid = failure is None
    captured = paid and intent["capture_method"] != "manual"
    outcome = {
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": None if paid else failure[0],
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "Payment complete." if paid else "The bank declined the payment.",
        "type": "authorized" if paid else "issuer_declined",
    }
    return {
        "id": id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": f"txn_{id[3:]}" if captured else None,
        "billing_details": {"address": address({}), "email": None, "name": None, "phone": None},
        "calculated_statement_descriptor": "FAKE",
        "captured": captured,
        "created": created,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None if paid else failure[0],
        "failure_message": None if paid else failure[1],
        "fraud_details": {},
        "invoice": None,
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": outcome,
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"card": CARD, "type": "card"},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/{id}" if paid else None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if paid else "failed",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


def refund(id: str, created: int, given: dict, charged: dict, amount: int) -> dict:
    return {
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": f"txn_{id[3:]}",
        "charge": charged["id"],
        "created": created,
        "currency": charged["currency"],
        "metadata": given.get("metadata", {}),
        "payment_intent": charged["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def event(id: str, created: int, kind: str, about: dict, request: dict, version: str) -> dict:
    return {
        "id": id,
        "object": "event",
        "api_version": version,
        "created": created,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": request,
        "type": kind,
    }
