"""Invoices and their lines."""


def item(id: str, now: int, given: dict) -> dict:
    """A line that waits, or is on an invoice."""
    quantity = given.get("quantity", 1)
    return {
        "id": id,
        "object": "invoiceitem",
        "amount": given["amount"],
        "currency": given["currency"],
        "customer": given["customer"],
        "date": now,
        "description": given.get("description"),
        "discountable": given.get("discountable", given["amount"] >= 0),
        "discounts": [],
        "invoice": given.get("invoice"),
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "period": {"end": now, "start": now},
        "price": None,
        "proration": False,
        "quantity": quantity,
        "subscription": None,
        "tax_rates": [],
        "test_clock": None,
        "unit_amount": given["amount"] // quantity if quantity else given["amount"],
        "unit_amount_decimal": str(given["amount"] / quantity if quantity else given["amount"]).removesuffix(".0"),
    }


def line(of: dict) -> dict:
    """How an invoice shows it."""
    return {
        "id": f"il_{of['id'][3:]}",
        "object": "line_item",
        "amount": of["amount"],
        "amount_excluding_tax": of["amount"],
        "currency": of["currency"],
        "description": of["description"],
        "discount_amounts": [],
        "discountable": of["discountable"],
        "discounts": [],
        "invoice_item": of["id"],
        "livemode": False,
        "metadata": of["metadata"],
        "period": of["period"],
        "price": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "quantity": of["quantity"],
        "subscription": None,
        "tax_amounts": [],
        "tax_rates": [],
        "type": "invoiceitem",
        "unit_amount_excluding_tax": of["unit_amount_decimal"],
    }


def invoice(id: str, now: int, given: dict, customer: dict, currency: str) -> dict:
    """A draft without lines."""
    due = given.get("due_date")
    if "days_until_due" in given:
        due = now + given["days_until_due"] * 86_400
    empty = dict.fromkeys(
        "account_tax_ids application application_fee_amount charge default_source discount ending_balance from_invoice "
        "hosted_invoice_url invoice_pdf last_finalization_error latest_revision next_payment_attempt number on_behalf_of "
        "payment_intent quote receipt_number shipping_cost shipping_details tax test_clock transfer_data "
        "webhooks_delivered_at".split()
    )
    return empty | {
        "id": id,
        "object": "invoice",
        "account_country": "DE",
        "account_name": "Fake GmbH",
        "amount_due": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": given.get("auto_advance", False),
        "automatic_tax": {"enabled": given.get("automatic_tax", {}).get("enabled", False), "status": None},
        "billing_reason": "manual",
        "collection_method": given.get("collection_method", "charge_automatically"),
        "created": now,
        "currency": currency,
        "custom_fields": given.get("custom_fields"),
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_payment_method": given.get("default_payment_method"),
        "default_tax_rates": [],
        "description": given.get("description"),
        "discounts": [],
        "due_date": due,
        "footer": given.get("footer"),
        "lines": {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": f"/v1/invoices/{id}/lines"},
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "paid": False,
        "paid_out_of_band": False,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "subscription": None,
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_tax_amounts": [],
    }


def add(to: dict, of: dict) -> None:
    """Puts a line on a draft and sums it up."""
    of["invoice"] = to["id"]
    to["lines"]["data"].append(line(of))
    to["lines"]["total_count"] = len(to["lines"]["data"])
    total = sum(one["amount"] for one in to["lines"]["data"])
    for name in ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"):
        to[name] = total
    to["amount_due"] = to["amount_remaining"] = max(total, 0)


def shown(one: dict, version: str) -> dict:
    """From 2025-03-31 on, an invoice no longer has what moved to its payments and its parent."""
    if one["object"] != "invoice" or version < "2025-03-31":
        return one
    moved = ("application_fee_amount", "charge", "discount", "paid", "paid_out_of_band", "payment_intent", "quote")
    moved += ("subscription", "tax", "total_tax_amounts", "transfer_data")
    return {name: value for name, value in one.items() if name not in moved} | {"parent": None}
