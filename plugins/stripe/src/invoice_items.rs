//! Lines of invoices: put on a draft, or kept for the customer's next invoice.

use std::collections::BTreeMap;

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::calls::{self, Other};
use crate::errors::Asked;
use crate::money;
use crate::objects::{InvoiceItem, Passed};

pub struct CreateInvoiceItem;

/// Written with Stripe's names.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Create {
    /// Who pays.
    customer: String,
    /// The draft that it comes on; the customer's next invoice without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<String>,
    /// Of the whole line, in the currency's smallest unit; negative for a credit. Or give `amount-decimal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// Instead of `amount`, as people write it: "12.50" in EUR is 1250, "500" in JPY is 500; "12.50" in JPY is refused.
    #[serde(skip_serializing)]
    amount_decimal: Option<String>,
    /// Three letters: ISO 4217.
    #[schemars(length(equal = 3))]
    currency: String,
    /// What the line says.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Your own fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    /// Further parameters by Stripe's own names, sent as they are: `{ price: price_1, quantity: 2 }` instead of an amount.
    #[serde(default, skip_serializing)]
    other: Other,
}

impl Action for CreateInvoiceItem {
    const NAME: &'static str = "create-invoice-item";
    const SUMMARY: &'static str = "puts a line on the draft of an invoice";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Create;
    type Output = Passed<InvoiceItem>;

    fn invoke(mut input: Create, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        let decimal = input.amount_decimal.take();
        input.amount = money::minor_units(input.amount, decimal.as_deref(), &input.currency)?;
        let asked = Asked {
            decimal: decimal.is_some(),
            other: Some(&input.other),
            ..Asked::default()
        };
        let fields = calls::parameters(&input, &input.other)?;
        calls::create("/v1/invoiceitems", &fields, &asked)
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "customer": "cus_NffrFeUfNV2Hib", "invoice": "in_1MtHbELkdIwHu7ixl4OzzPMv",
            "amount-decimal": "19.90", "currency": "eur", "description": "Two cups",
        });
        vec![Example::new("A line of a draft", input)]
    }
}
