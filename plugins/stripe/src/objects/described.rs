//! The fields that people use. Nothing is read through these types: they are schemas.
#![allow(dead_code, reason = "only the schemas are used")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde_json::Value;

type Metadata = BTreeMap<String, String>;

/// An id, or the object itself where it was expanded.
type Reference = Option<Value>;

/// Everything else that Stripe tells is there as well, and what it does not tell may be left out.
pub fn open(schema: &mut Schema) {
    schema.insert("additionalProperties".to_owned(), Value::Bool(true));
    schema.remove("required");
}

/// A customer.
#[derive(JsonSchema)]
pub struct Customer {
    /// Such as `cus_NffrFeUfNV2Hib`.
    id: String,
    /// `customer`.
    object: String,
    /// Where they live.
    address: Option<Address>,
    /// What they owe, in the currency's smallest unit; negative where they have credit.
    balance: Option<i64>,
    /// Seconds since 1970.
    created: Option<i64>,
    /// The currency of what they owe.
    currency: Option<String>,
    /// Was deleted: nothing else is known then.
    deleted: Option<bool>,
    /// The last invoice was not paid.
    delinquent: Option<bool>,
    /// Any text.
    description: Option<String>,
    /// Their address of mail.
    email: Option<String>,
    /// Defaults of their invoices, such as `default_payment_method`.
    invoice_settings: Option<Value>,
    /// In live mode, as opposed to test mode.
    livemode: Option<bool>,
    /// Your own fields.
    metadata: Option<Metadata>,
    /// Their name.
    name: Option<String>,
    /// Their telephone number.
    phone: Option<String>,
    /// Where goods are sent.
    shipping: Option<Value>,
}

/// A postal address.
#[derive(JsonSchema)]
#[schemars(transform = open)]
struct Address {
    /// City, district, suburb, town or village.
    city: Option<String>,
    /// Two letters: ISO 3166-1.
    country: Option<String>,
    /// Street and number.
    line1: Option<String>,
    /// Floor, flat or company.
    line2: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// State, county, province or region.
    state: Option<String>,
}

/// A payment, from the wish to be paid to the money.
#[derive(JsonSchema)]
pub struct PaymentIntent {
    /// Such as `pi_3MtwBwLkdIwHu7ix28a3tqPa`.
    id: String,
    /// `payment_intent`.
    object: String,
    /// In the currency's smallest unit.
    amount: Option<i64>,
    /// What may still be captured, in the smallest unit.
    amount_capturable: Option<i64>,
    /// What was received, in the smallest unit.
    amount_received: Option<i64>,
    /// Lets a browser confirm it; do not write it to logs.
    client_secret: Option<String>,
    /// Seconds since 1970.
    created: Option<i64>,
    /// Three letters in lower case.
    currency: Option<String>,
    /// Who pays.
    customer: Reference,
    /// Any text.
    description: Option<String>,
    /// The invoice that it pays.
    invoice: Reference,
    /// Why it failed last: `code`, `decline_code`, `message`.
    last_payment_error: Option<Value>,
    /// The charge that it made last.
    latest_charge: Reference,
    /// In live mode, as opposed to test mode.
    livemode: Option<bool>,
    /// Your own fields.
    metadata: Option<Metadata>,
    /// What the customer has to do, where `status` is `requires_action`.
    next_action: Option<Value>,
    /// How it is paid.
    payment_method: Reference,
    /// Ways to pay that it takes.
    payment_method_types: Option<Vec<String>>,
    /// Where the receipt goes.
    receipt_email: Option<String>,
    /// `requires_payment_method`, `requires_confirmation`, `requires_action`, `processing`, `requires_capture`,
    /// `canceled` or `succeeded`.
    status: Option<String>,
}

/// An invoice.
#[derive(JsonSchema)]
pub struct Invoice {
    /// Such as `in_1MtHbELkdIwHu7ixl4OzzPMv`.
    id: String,
    /// `invoice`.
    object: String,
    /// What is to be paid, in the currency's smallest unit.
    amount_due: Option<i64>,
    /// What was paid, in the smallest unit.
    amount_paid: Option<i64>,
    /// What is left to be paid, in the smallest unit.
    amount_remaining: Option<i64>,
    /// Stripe finalizes and collects it by itself.
    auto_advance: Option<bool>,
    /// `charge_automatically` or `send_invoice`.
    collection_method: Option<String>,
    /// Seconds since 1970.
    created: Option<i64>,
    /// Three letters in lower case.
    currency: Option<String>,
    /// Who pays.
    customer: Reference,
    /// Their address of mail, when it was finalized.
    customer_email: Option<String>,
    /// Any text.
    description: Option<String>,
    /// When it has to be paid, in seconds since 1970.
    due_date: Option<i64>,
    /// Where the customer sees and pays it; once it is finalized.
    hosted_invoice_url: Option<String>,
    /// The PDF; once it is finalized.
    invoice_pdf: Option<String>,
    /// Its lines: `data` holds the first ones.
    lines: Option<Value>,
    /// In live mode, as opposed to test mode.
    livemode: Option<bool>,
    /// Your own fields.
    metadata: Option<Metadata>,
    /// The number that people see; once it is finalized.
    number: Option<String>,
    /// Whether it is paid.
    paid: Option<bool>,
    /// The payment that pays it.
    payment_intent: Reference,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    status: Option<String>,
    /// The subscription that it is of.
    subscription: Reference,
    /// Before taxes and discounts, in the smallest unit.
    subtotal: Option<i64>,
    /// After taxes and discounts, in the smallest unit.
    total: Option<i64>,
}

/// A line that is on an invoice, or waits for the next one.
#[derive(JsonSchema)]
pub struct InvoiceItem {
    /// Such as `ii_1MtGUtLkdIwHu7ixBYwjAM00`.
    id: String,
    /// `invoiceitem`.
    object: String,
    /// In the currency's smallest unit.
    amount: Option<i64>,
    /// Three letters in lower case.
    currency: Option<String>,
    /// Who pays.
    customer: Reference,
    /// When it was made, in seconds since 1970.
    date: Option<i64>,
    /// What the line says.
    description: Option<String>,
    /// The invoice that it is on.
    invoice: Reference,
    /// In live mode, as opposed to test mode.
    livemode: Option<bool>,
    /// Your own fields.
    metadata: Option<Metadata>,
    /// How many.
    quantity: Option<i64>,
}

/// Money that goes back.
#[derive(JsonSchema)]
pub struct Refund {
    /// Such as `re_1Nispe2eZvKYlo2Cd31jOCgZ`.
    id: String,
    /// `refund`.
    object: String,
    /// In the currency's smallest unit.
    amount: Option<i64>,
    /// The charge that it gives back.
    charge: Reference,
    /// Seconds since 1970.
    created: Option<i64>,
    /// Three letters in lower case.
    currency: Option<String>,
    /// Why it failed.
    failure_reason: Option<String>,
    /// Your own fields.
    metadata: Option<Metadata>,
    /// The payment that it gives back.
    payment_intent: Reference,
    /// `duplicate`, `fraudulent`, `requested_by_customer` or `expired_uncaptured_charge`.
    reason: Option<String>,
    /// `pending`, `requires_action`, `succeeded`, `failed` or `canceled`.
    status: Option<String>,
}

/// Something that happened.
#[derive(JsonSchema)]
pub struct Event {
    /// Such as `evt_1NG8Du2eZvKYlo2CUI79vXWy`.
    id: String,
    /// `event`; `v2.core.event` where the destination sends thin events.
    object: String,
    /// The connected account that it happened in, where it is one's.
    account: Option<String>,
    /// The version that `data` has the shape of: the endpoint's or the account's, not this plugin's.
    api_version: Option<String>,
    /// Seconds since 1970; RFC 3339 in a thin event.
    created: Option<Value>,
    /// The object as it was then.
    data: Option<Data>,
    /// In live mode, as opposed to test mode.
    livemode: Option<bool>,
    /// The request that made it happen: `id` and `idempotency_key`.
    request: Option<Value>,
    /// Such as `payment_intent.succeeded`.
    #[schemars(rename = "type")]
    kind: Option<String>,
}

/// What an event is about.
#[derive(JsonSchema)]
#[schemars(transform = open)]
struct Data {
    /// The object: a payment, an invoice, a customer.
    object: Option<Value>,
    /// What its fields held before, where it was updated.
    previous_attributes: Option<Value>,
}
