//! Customers: created, read, listed.

use std::collections::BTreeMap;

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::calls::{self, One, Other};
use crate::errors::Asked;
use crate::moment::Range;
use crate::objects::{Customer, Passed};

const PATH: &str = "/v1/customers";

pub struct CreateCustomer;

/// Written with Stripe's names.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Create {
    /// Their name, or the company's.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Their address of mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Their telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Any text, for you.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Where they live.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    /// Where goods are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<Shipping>,
    /// A way to pay to attach, such as `pm_1MqLiJLkdIwHu7ixUEgbFdYF`.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method: Option<String>,
    /// Languages of their mails, the best first: `[de, en]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_locales: Option<Vec<String>>,
    /// Whether they pay taxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_exempt: Option<TaxExempt>,
    /// Your own fields, such as the number of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    /// Further parameters by Stripe's own names, sent as they are: `{ tax_id_data: [{ type: eu_vat, value: DE123456789 }] }`.
    #[serde(default, skip_serializing)]
    other: Other,
}

/// A postal address.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    line1: Option<String>,
    /// Floor, flat or company.
    #[serde(skip_serializing_if = "Option::is_none")]
    line2: Option<String>,
    /// City, district, suburb, town or village.
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    /// State, county, province or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Two letters: ISO 3166-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

/// Where goods are sent.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shipping {
    /// Who takes them.
    name: String,
    /// Their telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Where to.
    address: Address,
}

/// Whether somebody pays taxes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum TaxExempt {
    None,
    Exempt,
    Reverse,
}

impl Action for CreateCustomer {
    const NAME: &'static str = "create-customer";
    const SUMMARY: &'static str = "creates a customer";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Create;
    type Output = Passed<Customer>;

    fn invoke(input: Create, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        let asked = Asked {
            other: Some(&input.other),
            ..Asked::default()
        };
        calls::create(PATH, &calls::parameters(&input, &input.other)?, &asked)
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "name": "Jenny Rosen",
            "email": "jenny@example.com",
            "address": { "line1": "Lindenstr. 1", "postal-code": "10969", "city": "Berlin", "country": "DE" },
            "metadata": { "crm_id": "4711" },
        });
        vec![Example::new("A customer with an address", input)]
    }
}

pub struct GetCustomer;

impl Action for GetCustomer {
    const NAME: &'static str = "get-customer";
    const SUMMARY: &'static str = "reads a customer";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = One;
    type Output = Passed<Customer>;

    fn invoke(input: One, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::get(PATH, &input)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "A customer",
            json!({ "id": "cus_NffrFeUfNV2Hib" }),
        )]
    }
}

pub struct ListCustomers;

/// Which ones.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Filter {
    /// With exactly this address of mail, upper and lower case apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Created in this range of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Range>,
}

impl Action for ListCustomers {
    const NAME: &'static str = "list-customers";
    const SUMMARY: &'static str = "lists customers, newest first";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Filter;
    type Output = Passed<Customer>;

    fn invoke(input: Filter, turn: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::list(PATH, &input, &turn)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "By mail",
            json!({ "email": "jenny@example.com" }),
        )]
    }
}
