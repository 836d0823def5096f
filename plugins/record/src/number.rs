//! Exact decimals: 28 digits, and a failure instead of rounding.

use std::fmt::Write as _;

use rust_decimal::Decimal;

/// The number that a text is, such as `12.50`, `-3` or `1.5e3`; none where it is no number or has
/// more digits than can be kept exactly.
pub fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    // The library is more liberal: it takes `1_000` and `.5`.
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.ends_with('.') || digits.contains('_') {
        return None;
    }
    if text.contains(['e', 'E']) {
        return exponent(text);
    }
    Decimal::from_str_exact(text).ok()
}

/// By hand, because the library rounds here.
fn exponent(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let mantissa = Decimal::from_str_exact(mantissa).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    let scale = i64::from(mantissa.scale()) - i64::from(exponent);
    let (digits, scale) = match u32::try_from(scale) {
        Ok(scale) => (mantissa.mantissa(), scale),
        Err(_) => {
            let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
            (mantissa.mantissa().checked_mul(factor)?, 0)
        }
    };
    Decimal::try_from_i128_with_scale(digits, scale).ok()
}

/// `a * b`, or none where the result has too many digits.
pub fn multiply(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let product = a.checked_mul(b)?;
    // The library rounds silently where the digits do not fit: a smaller scale shows it.
    (product.is_zero() && (a.is_zero() || b.is_zero()) || product.scale() == a.scale() + b.scale())
        .then_some(product)
}

/// `a + b`, or none where the result has too many digits.
pub fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let sum = a.checked_add(b)?;
    (sum.is_zero() || sum.scale() == a.scale().max(b.scale())).then_some(sum)
}

/// Appends it without an exponent and without needless zeros.
pub fn push(out: &mut String, number: Decimal) {
    // Writing to a `String` cannot fail.
    let _ = write!(out, "{}", number.normalize());
}
