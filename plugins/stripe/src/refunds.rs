//! Refunds: made, read, listed.

use std::collections::BTreeMap;

use mortise_sdk::http::push_encoded;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::calls::{self, One, Other};
use crate::errors::Asked;
use crate::moment::Range;
use crate::money;
use crate::objects::{Passed, Refund};
use crate::stripe;

const PATH: &str = "/v1/refunds";

pub struct CreateRefund;

/// Written with Stripe's names.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Create {
    /// The payment to give back. Or give `charge`.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_intent: Option<String>,
    /// Or the charge to give back.
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<String>,
    /// In the currency's smallest unit; without an amount, all that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// Instead of `amount`, as people write it, in the payment's own currency, which is asked for first.
    #[serde(skip_serializing)]
    amount_decimal: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// Where Stripe tells the customer how to get the money, for ways to pay that cannot be paid back.
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions_email: Option<String>,
    /// Gives the platform's fee back as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_application_fee: Option<bool>,
    /// Takes the money back from the connected account.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverse_transfer: Option<bool>,
    /// Your own fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<BTreeMap<String, String>>,
    /// Further parameters by Stripe's own names, sent as they are.
    #[serde(default, skip_serializing)]
    other: Other,
}

/// Why money goes back.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
enum Reason {
    Duplicate,
    Fraudulent,
    RequestedByCustomer,
}

#[derive(Deserialize)]
struct Paid {
    currency: String,
}

impl Create {
    /// The currency of what is given back: a decimal has no meaning without it.
    fn currency(&self) -> Result<String, Failure> {
        let (mut path, id, field) = match (&self.payment_intent, &self.charge) {
            (Some(id), _) => ("/v1/payment_intents/".to_owned(), id, "payment-intent"),
            (None, Some(id)) => ("/v1/charges/".to_owned(), id, "charge"),
            (None, None) => return Err(nothing()),
        };
        push_encoded(&mut path, id);
        let asked = Asked {
            only_field: Some(field),
            ..Asked::default()
        };
        let paid: Paid = stripe::get(&path, &Vec::new(), &asked)?.json()?;
        Ok(paid.currency)
    }
}

fn nothing() -> Failure {
    Failure::reject("say what is given back: `payment-intent` or `charge`")
        .with_field("/payment-intent")
}

impl Action for CreateRefund {
    const NAME: &'static str = "create-refund";
    const SUMMARY: &'static str = "gives a payment back, or a part of it";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Create;
    type Output = Passed<Refund>;

    fn invoke(mut input: Create, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        if input.payment_intent.is_none() && input.charge.is_none() && input.other.is_empty() {
            return Err(nothing());
        }
        let decimal = input.amount_decimal.take();
        if let Some(text) = &decimal {
            input.amount = money::minor_units(input.amount, Some(text), &input.currency()?)?;
        }
        let asked = Asked {
            decimal: decimal.is_some(),
            other: Some(&input.other),
            ..Asked::default()
        };
        calls::create(PATH, &calls::parameters(&input, &input.other)?, &asked)
    }

    fn examples() -> Vec<Example> {
        let whole = json!({ "payment-intent": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "reason": "requested-by-customer" });
        let part =
            json!({ "payment-intent": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "amount-decimal": "5.00" });
        vec![
            Example::new("All of it", whole),
            Example::new("A part of it", part),
        ]
    }
}

pub struct GetRefund;

impl Action for GetRefund {
    const NAME: &'static str = "get-refund";
    const SUMMARY: &'static str = "reads a refund";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = One;
    type Output = Passed<Refund>;

    fn invoke(input: One, _: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::get(PATH, &input)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "A refund",
            json!({ "id": "re_1Nispe2eZvKYlo2Cd31jOCgZ" }),
        )]
    }
}

pub struct ListRefunds;

/// Which ones.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "kebab-case"), deny_unknown_fields)]
pub struct Filter {
    /// Of this payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_intent: Option<String>,
    /// Of this charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<String>,
    /// Made in this range of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Range>,
}

impl Action for ListRefunds {
    const NAME: &'static str = "list-refunds";
    const SUMMARY: &'static str = "lists refunds, newest first";
    const REPEAT: Repeat = Repeat::Safe;
    const PAGED: bool = true;
    type Input = Filter;
    type Output = Passed<Refund>;

    fn invoke(input: Filter, turn: Turn) -> Result<Outcome<Self::Output>, Failure> {
        calls::list(PATH, &input, &turn)
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "payment-intent": "pi_3MtwBwLkdIwHu7ix28a3tqPa" });
        vec![Example::new("Of a payment", input)]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};

    use super::*;

    fn refused(status: u16, asked_first: &str, input: &serde_json::Value) -> (String, usize) {
        let host = Host::new()
            .answer(Answer::json(status, asked_first))
            .install();
        let failure = fake::invoke::<CreateRefund>(input).unwrap_err();
        (failure.cause.unwrap().field.unwrap(), host.requests().len())
    }

    #[test]
    fn a_fraction_of_a_payment_in_yen_is_refused_before_anything_is_given_back() {
        let input = json!({ "charge": "ch_yen", "amount-decimal": "5.50" });
        let charge = r#"{"id":"ch_yen","object":"charge","currency":"jpy"}"#;
        assert_eq!(
            refused(200, charge, &input),
            ("/amount-decimal".to_owned(), 1)
        );
    }

    #[test]
    fn a_payment_that_there_is_not_is_named_by_its_field() {
        let input = json!({ "payment-intent": "pi_1", "amount-decimal": "5.50" });
        let missing = r#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such payment_intent: 'pi_1'","param":"intent"}}"#;
        assert_eq!(
            refused(404, missing, &input),
            ("/payment-intent".to_owned(), 1)
        );
    }
}
