//! Amounts: integers of the currency's smallest unit, as Stripe has them, or decimals as people write them.

use mortise_sdk::Failure;

/// Without a smaller unit: `500` is ¥500.
const ZERO_DECIMALS: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// A thousand of the smaller unit, of which Stripe takes tens.
const THREE_DECIMALS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

const FIELD: &str = "/amount-decimal";

/// The amount in the smallest unit, from whichever of both a step gives.
pub fn minor_units(
    amount: Option<i64>,
    decimal: Option<&str>,
    currency: &str,
) -> Result<Option<i64>, Failure> {
    match (amount, decimal) {
        (Some(_), Some(_)) => Err(refused("give `amount` or `amount-decimal`, not both")),
        (amount, None) => Ok(amount),
        (None, Some(text)) => read(text, &currency.to_ascii_lowercase()).map(Some),
    }
}

fn read(text: &str, currency: &str) -> Result<i64, Failure> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = decimals(currency)?;
    let is_number = digits(whole.strip_prefix('-').unwrap_or(whole))
        && (digits(fraction) || !text.contains('.'));
    if !is_number {
        return Err(refused(format!(
            "`{text}` is no amount: write digits with a point, such as `12.50`"
        )));
    }
    // Zeros at the end say nothing: `500.00` JPY is 500.
    let significant = fraction.trim_end_matches('0');
    if significant.len() > places.significant {
        return Err(refused(places.refusal(text, currency)));
    }
    let minor = format!("{whole}{significant:0<width$}", width = places.sent);
    minor
        .parse()
        .map_err(|_| refused(format!("`{text}` is larger than any amount")))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn refused(message: impl Into<String>) -> Failure {
    Failure::reject(message).with_field(FIELD)
}

/// For objects that have no amount of their own.
pub fn missing() -> Failure {
    Failure::reject("give `amount` in the currency's smallest unit, or `amount-decimal`")
        .with_field("/amount")
}

/// Digits behind the point.
struct Decimals {
    /// Of Stripe's integers.
    sent: usize,
    /// That may be other than 0.
    significant: usize,
}

impl Decimals {
    fn refusal(&self, text: &str, currency: &str) -> String {
        let currency = currency.to_ascii_uppercase();
        match (self.sent, self.significant) {
            (_, 0) => {
                format!("`{text}` has a fraction, and {currency} has none: write whole units")
            }
            (3, places) => format!(
                "`{text}` has more than {places} digits behind the point: in {currency} Stripe takes tens of the smallest unit"
            ),
            (_, places) => format!(
                "`{text}` has more than {places} digits behind the point, and {currency} has no more"
            ),
        }
    }
}

fn decimals(currency: &str) -> Result<Decimals, Failure> {
    let (sent, significant) = match currency {
        // Stripe's reference lists it without decimals in one place and with two in another.
        "ugx" => {
            return Err(refused(
                "Stripe's reference gives two units for UGX: give `amount`, as your account has it",
            ));
        }
        // No longer has a smaller unit, but Stripe still counts in hundredths.
        "isk" => (2, 0),
        known if ZERO_DECIMALS.contains(&known) => (0, 0),
        known if THREE_DECIMALS.contains(&known) => (3, 2),
        _ => (2, 2),
    };
    Ok(Decimals { sent, significant })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str, currency: &str) -> Result<i64, String> {
        match minor_units(None, Some(text), currency) {
            Ok(amount) => Ok(amount.unwrap()),
            Err(failure) => {
                assert_eq!(
                    failure.cause.unwrap().field.as_deref(),
                    Some("/amount-decimal")
                );
                Err(failure.message)
            }
        }
    }

    #[test]
    fn each_currency_has_its_units() {
        for (text, currency, expected) in [
            ("12.50", "EUR", 1250),
            ("12.5", "eur", 1250),
            ("12", "eur", 1200),
            ("0.05", "usd", 5),
            ("-3.20", "usd", -320),
            ("500", "JPY", 500),
            ("500.00", "jpy", 500),
            ("5.12", "kwd", 5120),
            ("5.120", "kwd", 5120),
            ("40", "isk", 4000),
        ] {
            assert_eq!(units(text, currency), Ok(expected), "{text} {currency}");
        }
    }

    #[test]
    fn what_a_currency_does_not_have_is_refused() {
        for (text, currency, expected) in [
            (
                "12.50",
                "JPY",
                "`12.50` has a fraction, and JPY has none: write whole units",
            ),
            (
                "40.10",
                "isk",
                "`40.10` has a fraction, and ISK has none: write whole units",
            ),
            (
                "1.005",
                "eur",
                "`1.005` has more than 2 digits behind the point, and EUR has no more",
            ),
            (
                "5.124",
                "kwd",
                "`5.124` has more than 2 digits behind the point: in KWD Stripe takes tens of the smallest unit",
            ),
        ] {
            assert_eq!(units(text, currency).unwrap_err(), expected);
        }
        for text in [
            "",
            ".5",
            "1.",
            "1,50",
            "1e3",
            "12.50 EUR",
            "--1",
            "99999999999999999999",
        ] {
            assert!(units(text, "eur").is_err(), "{text}");
        }
        assert!(units("5", "ugx").unwrap_err().contains("UGX"));
    }

    #[test]
    fn one_of_both_is_given() {
        assert_eq!(minor_units(Some(5), None, "eur").unwrap(), Some(5));
        assert_eq!(minor_units(None, None, "eur").unwrap(), None);
        assert!(minor_units(Some(5), Some("5"), "eur").is_err());
    }
}
