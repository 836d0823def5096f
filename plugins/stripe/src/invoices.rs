//! Invoices: created as drafts, read, listed.

use std::collections::BTreeMap;

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::calls::{self, One, Other};
use crate::errors::Asked;
use crate::moment::{Moment, Range};
use crate::objects::{Invoice, Passed};

const PATH: &str = "/v1/invoices";

pub struct CreateInvoice;

/// Written with Stripe's names.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Create {
    /// Who pays.
    customer: String,
    /// Whether Stripe charges the customer's way to pay, or sends the invoice by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_method: Option<CollectionMethod>,
    /// Days until it has to be paid, where it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_until_due: Option<u32>,
    /// Or the time until which it has to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Moment>,
    /// Stripe finalizes and collects it by itself, about an hour later.
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_advance: Option<bool>,
    /// Three letters: ISO 4217; the customer's currency without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// Whether the lines that wait for the customer's next invoice come on this one; `exclude` without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_invoice_items_behavior: Option<PendingItems>,
    /// The subscription that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<String>,
    /// A way to pay other than the customer's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    default_payment_method: Option<String>,
    /// Text above the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Text at the foot.
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<String>,
    /// Up to four fields that it shows, such as the number of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_fields: Option<Vec<CustomField>>,
    /// Your own fields, which it does not show.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    /// Further parameters by Stripe's own names, sent as they are: `{ automatic_tax: { enabled: true } }`.
    #[serde(default, skip_serializing)]
    other: Other,
}

/// How the money comes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
enum CollectionMethod {
    ChargeAutomatically,
    SendInvoice,
}

/// What happens to lines that wait.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum PendingItems {
    Include,
    Exclude,
}

/// A field that an invoice shows.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomField {
    /// What it is called, in up to 40 characters.
    name: String,
    /// What it holds, in up to 140 characters.
    value: String,
}

impl Action for CreateInvoice {
    const NAME: &'static str = "create-invoice";
    const SUMMARY: &'static str = "creates the draft of an invoice";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Create;
    type Output = Passed<Invoice>;

    fn invoke(input: Create, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        let asked = Asked {
            other: Some(&input.other),
            ..Asked::default()
        };
        calls::create(PATH, &calls::parameters(&input, &input.other)?, &asked)
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "customer": "cus_NffrFeUfNV2Hib", "collection-method": "send-invoice", "days-until-due": 14,
            "custom-fields": [{ "name": "Order", "value": "1001" }], "metadata": { "order": "1001" },
        });
        vec![Example::new(
            "Sent by mail, to be paid within two weeks",
            input,
        )]
    }
}

pub struct GetInvoice;

impl Action for GetInvoice {
    const NAME: &'static str = "get-invoice";
    const SUMMARY: &'static str = "reads an invoice";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = One;
    type Output = Passed<Invoice>;

    fn invoke(input: One, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::get(PATH, &input)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "An invoice",
            json!({ "id": "in_1MtHbELkdIwHu7ixl4OzzPMv" }),
        )]
    }
}

pub struct ListInvoices;

/// Which ones.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Filter {
    /// Of this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// Of this subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<String>,
    /// How far they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// How the money comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_method: Option<CollectionMethod>,
    /// Created in this range of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Range>,
    /// To be paid in this range of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Range>,
}

/// How far an invoice is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Draft,
    Open,
    Paid,
    Uncollectible,
    Void,
}

impl Action for ListInvoices {
    const NAME: &'static str = "list-invoices";
    const SUMMARY: &'static str = "lists invoices, newest first";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Filter;
    type Output = Passed<Invoice>;

    fn invoke(input: Filter, turn: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::list(PATH, &input, &turn)
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "status": "open", "due-date": { "lt": "2026-02-01T00:00:00Z" } });
        vec![Example::new("What is overdue", input)]
    }
}
