//! Payment intents: created (and paid, where they are confirmed at once), read, listed.

use std::collections::BTreeMap;

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::calls::{self, One, Other};
use crate::customers::Shipping;
use crate::errors::Asked;
use crate::moment::Range;
use crate::money;
use crate::objects::{Passed, PaymentIntent};

const PATH: &str = "/v1/payment_intents";

pub struct CreatePaymentIntent;

/// Written with Stripe's names.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Create {
    /// In the currency's smallest unit: 1250 is 12.50 EUR, 500 is 500 JPY. Or give `amount-decimal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// Instead of `amount`, as people write it: "12.50" in EUR is 1250, "500" in JPY is 500; "12.50" in JPY is refused.
    #[serde(skip_serializing)]
    amount_decimal: Option<String>,
    /// Three letters: ISO 4217.
    #[schemars(length(equal = 3))]
    currency: String,
    /// Who pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// How it is paid, such as `pm_card_visa` in test mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method: Option<String>,
    /// Ways to pay that it takes: `[card]`. Without it, those that are switched on in the dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_types: Option<Vec<String>>,
    /// Takes the ways to pay that are switched on in the dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    automatic_payment_methods: Option<AutomaticPaymentMethods>,
    /// Pays at once; needs `payment-method`.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<bool>,
    /// The customer is not there to answer questions; together with `confirm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    off_session: Option<bool>,
    /// Fails with a declined card where the customer would have to do something; together with `confirm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_on_requires_action: Option<bool>,
    /// When the money is taken: at once, or by hand after it was authorized.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_method: Option<CaptureMethod>,
    /// Keeps the way to pay for payments to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    setup_future_usage: Option<SetupFutureUsage>,
    /// Where the customer comes back to from a bank's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    /// Where the receipt goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_email: Option<String>,
    /// Any text, for you and for the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What a statement says, where it is not paid by card.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_descriptor: Option<String>,
    /// What a card's statement says behind the account's own prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_descriptor_suffix: Option<String>,
    /// Where goods are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<Shipping>,
    /// Your own fields, such as the number of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    /// Further parameters by Stripe's own names, sent as they are: `{ transfer_group: order-7 }`.
    #[serde(default, skip_serializing)]
    other: Other,
}

/// Ways to pay as the dashboard has them.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
struct AutomaticPaymentMethods {
    /// Whether they are taken.
    enabled: bool,
    /// Whether those that lead to another page are among them; with them, `confirm` needs `return-url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_redirects: Option<AllowRedirects>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum AllowRedirects {
    Always,
    Never,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
enum CaptureMethod {
    Automatic,
    AutomaticAsync,
    Manual,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
enum SetupFutureUsage {
    OnSession,
    OffSession,
}

impl Action for CreatePaymentIntent {
    const NAME: &'static str = "create-payment-intent";
    const SUMMARY: &'static str = "creates a payment, and pays it at once where it is confirmed";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Create;
    type Output = Passed<PaymentIntent>;

    fn invoke(mut input: Create, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        let decimal = input.amount_decimal.take();
        input.amount = money::minor_units(input.amount, decimal.as_deref(), &input.currency)?;
        if input.amount.is_none() {
            return Err(money::missing());
        }
        let asked = Asked {
            decimal: decimal.is_some(),
            other: Some(&input.other),
            ..Asked::default()
        };
        calls::create(PATH, &calls::parameters(&input, &input.other)?, &asked)
    }

    fn examples() -> Vec<Example> {
        let saved = json!({
            "amount": 1250, "currency": "eur", "customer": "cus_NffrFeUfNV2Hib",
            "payment-method": "pm_card_visa", "payment-method-types": ["card"],
            "confirm": true, "off-session": true, "metadata": { "order": "1001" },
        });
        let decimal = json!({ "amount-decimal": "500", "currency": "jpy", "receipt-email": "jenny@example.com" });
        vec![
            Example::new("A saved card is charged", saved),
            Example::new("An amount as people write it", decimal),
        ]
    }
}

pub struct GetPaymentIntent;

impl Action for GetPaymentIntent {
    const NAME: &'static str = "get-payment-intent";
    const SUMMARY: &'static str = "reads a payment";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = One;
    type Output = Passed<PaymentIntent>;

    fn invoke(input: One, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::get(PATH, &input)
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "id": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "expand": ["latest_charge"] });
        vec![Example::new("A payment with its charge", input)]
    }
}

pub struct ListPaymentIntents;

/// Which ones.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Filter {
    /// Of this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// Created in this range of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Range>,
}

impl Action for ListPaymentIntents {
    const NAME: &'static str = "list-payment-intents";
    const SUMMARY: &'static str = "lists payments, newest first";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Filter;
    type Output = Passed<PaymentIntent>;

    fn invoke(input: Filter, turn: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::list(PATH, &input, &turn)
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "customer": "cus_NffrFeUfNV2Hib", "created": { "gte": "2026-01-01T00:00:00Z" } });
        vec![Example::new("Of a customer, this year", input)]
    }
}
