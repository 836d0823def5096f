"""How a payment goes: amounts, test cards, refunds."""

from . import objects
from .errors import declined, invalid, refusal
from .ledger import Ledger

THREE_DECIMALS = ("bhd", "jod", "kwd", "omr", "tnd")
HUNDREDS = ("isk", "ugx")

# Test cards of the reference, by what comes of them: the code, the issuer's code, the sentence and the field.
PAYING = ("pm_card_visa", "pm_card_mastercard", "pm_card_amex")
ASKING = "pm_card_authenticationRequired"
DECLINED = {
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline", "Your card was declined.", None),
    "pm_card_visa_chargeDeclinedInsufficientFunds": (
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
        None,
    ),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None, "Your card has expired.", "exp_month"),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", None, "Your card's security code is incorrect.", "cvc"),
}
NEEDS_RETURN_URL = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment "
    "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept "
    "redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)
NO_PAYMENT_METHOD = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent "
    "with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken."
)


def check_amount(amount: int, currency: str) -> None:
    """Too small, too large, or with digits that the currency does not have."""
    if amount > 99_999_999:
        raise invalid("Amount must be no more than 999,999.99", "amount", "amount_too_large")
    if amount < 50:
        raise invalid(f"Amount must be at least 50 of the smallest unit of {currency}", "amount", "amount_too_small")
    if currency in THREE_DECIMALS and amount % 10:
        raise invalid(f"Invalid amount. The last digit of an amount in {currency} must be 0.", "amount")
    if currency in HUNDREDS and amount % 100:
        message = (
            f"Invalid amount. Currency {currency.upper()} has become effectively zero-decimal and charged amounts must be "
            "evenly divisible by 100. See https://stripe.com/docs/currencies#special-cases for more information."
        )
        raise invalid(message, "amount", "invalid_charge_amount_no_decimal_compatible")


def check_intent(ledger: Ledger, given: dict, version: str) -> None:
    """What the parameters say together."""
    check_amount(given["amount"], given["currency"])
    if "customer" in given:
        ledger.find("customer", given["customer"], "customer")
    method = given.get("payment_method")
    if method and method not in (*PAYING, *DECLINED, ASKING):
        message = f"No such PaymentMethod: '{method}'; It's possible this PaymentMethod exists on one of your connected accounts."
        raise invalid(message, "payment_method", "resource_missing")
    if not given.get("confirm"):
        for name in ("error_on_requires_action", "off_session", "return_url"):
            if name in given:
                raise invalid(f"The parameter `{name}` can only be used with `confirm=true`.", name)
        return
    if not method:
        raise invalid(NO_PAYMENT_METHOD, code="payment_intent_unexpected_state")
    automatic = automatic_methods(given, version)
    if automatic and automatic.get("allow_redirects") != "never" and "return_url" not in given:
        raise invalid(NEEDS_RETURN_URL)


def automatic_methods(given: dict, version: str) -> dict | None:
    """Since 2023-08-16 the dashboard's ways to pay are the default."""
    if "automatic_payment_methods" in given:
        return {"allow_redirects": "always"} | given["automatic_payment_methods"]
    if "payment_method_types" in given or version < "2023-08-16":
        return None
    return {"allow_redirects": "always", "enabled": True}


def confirm(ledger: Ledger, intent: dict, method: str, given: dict, happen) -> None:
    """Charges a test card; raises where it is declined."""
    intent["payment_method"] = ledger.id("pm")
    if method == ASKING and not given.get("off_session"):
        if given.get("error_on_requires_action"):
            decline(ledger, intent, ("authentication_required", "authentication_required"), happen)
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        happen("payment_intent.requires_action", intent)
        return
    if method == ASKING:
        decline(ledger, intent, ("authentication_required", "authentication_required"), happen)
    if method in DECLINED:
        decline(ledger, intent, DECLINED[method], happen)
    charged = ledger.keep(objects.charge(ledger.id("ch"), ledger.clock.now(), intent, None))
    intent["latest_charge"] = charged["id"]
    if charged["captured"]:
        intent["status"], intent["amount_received"] = "succeeded", intent["amount"]
        happen("charge.succeeded", charged)
        happen("payment_intent.succeeded", intent)
    else:
        intent["status"], intent["amount_capturable"] = "requires_capture", intent["amount"]
        happen("payment_intent.amount_capturable_updated", intent)


def decline(ledger: Ledger, intent: dict, why: tuple, happen) -> None:
    """The card does not pay: a failed charge, and the payment waits for another card."""
    asks = "Your card was declined. This transaction requires authentication."
    code, decline_code, message, param = (*why, asks, None)[:4]
    charged = ledger.keep(objects.charge(ledger.id("ch"), ledger.clock.now(), intent, (code, message)))
    error = {"code": code, "message": message, "type": "card_error", "charge": charged["id"]}
    if decline_code:
        error["decline_code"] = decline_code
    intent.update(latest_charge=charged["id"], last_payment_error=error, payment_method=None)
    happen("charge.failed", charged)
    happen("payment_intent.payment_failed", intent)
    raise declined(message, code, decline_code, charged["id"], dict(intent), param)


def refunded(ledger: Ledger, given: dict) -> tuple[dict, int]:
    """The charge to give back, and how much of it."""
    if "charge" not in given and "payment_intent" not in given:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise invalid(message, code="parameter_missing")
    if "charge" in given:
        charged = ledger.find("charge", given["charge"], "charge")
    else:
        intent = ledger.find("payment_intent", given["payment_intent"], "payment_intent")
        charged = ledger.kept["charge"].get(intent["latest_charge"] or "")
    if charged is None or not charged["captured"]:
        whose = given.get("payment_intent", given.get("charge"))
        raise refusal(400, f"This PaymentIntent ({whose}) does not have a successful charge to refund.")
    left = charged["amount"] - charged["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charged['id']} has already been refunded.", code="charge_already_refunded")
    amount = given.get("amount", left)
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise invalid(message, "amount")
    return charged, amount
