//! Exact decimals: 28 digits, and a failure instead of rounding.

use std::fmt::Write as _;

use rust_decimal::Decimal;

/// Digits that surely fit into 64 bits: the way that nearly every number goes.
const SHORT_DIGITS_MAX: usize = 18;

/// The number that a text is, such as `12.50`, `-3` or `1.5e3`; none where it is no number or has
/// more digits than can be kept exactly.
pub fn parse(text: &str) -> Option<Decimal> {
    let bytes = text.as_bytes();
    let (is_negative, digits) = match bytes.split_first()? {
        (b'-', digits) => (true, digits),
        (b'+', digits) => (false, digits),
        _ => (false, bytes),
    };
    // The library is more liberal: it takes `1_000`, `.5` and `5.`.
    if !digits.first()?.is_ascii_digit() || *digits.last()? == b'.' {
        return None;
    }
    if digits.len() > SHORT_DIGITS_MAX {
        return long(text);
    }
    let (mut mantissa, mut scale, mut has_point) = (0_i64, 0_u32, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + i64::from(byte - b'0');
                scale += u32::from(has_point);
            }
            b'.' if !has_point => has_point = true,
            _ => return long(text),
        }
    }
    Decimal::try_new(if is_negative { -mantissa } else { mantissa }, scale).ok()
}

#[cold]
fn long(text: &str) -> Option<Decimal> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if !text.bytes().all(is_plain) {
        return None;
    }
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    // By hand, because the library rounds here.
    let mantissa = Decimal::from_str_exact(mantissa).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    match u32::try_from(i64::from(mantissa.scale()) - i64::from(exponent)) {
        Ok(scale) => Decimal::try_from_i128_with_scale(mantissa.mantissa(), scale).ok(),
        Err(_) => {
            let zeros = u32::try_from(exponent)
                .ok()?
                .checked_sub(mantissa.scale())?;
            let digits = mantissa
                .mantissa()
                .checked_mul(10_i128.checked_pow(zeros)?)?;
            Decimal::try_from_i128_with_scale(digits, 0).ok()
        }
    }
}

/// `a * b`, or none where the result has too many digits.
pub fn multiply(a: Decimal, b: Decimal) -> Option<Decimal> {
    // The library rounds silently where the digits do not fit: a smaller scale shows it.
    let exact = |a: Decimal, b: Decimal| {
        let product = a.checked_mul(b)?;
        (product.scale() == a.scale() + b.scale() || a.is_zero() || b.is_zero()).then_some(product)
    };
    exact(a, b).or_else(|| exact(a.normalize(), b.normalize()))
}

/// `a + b`, or none where the result has too many digits.
pub fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let exact = |a: Decimal, b: Decimal| {
        let sum = a.checked_add(b)?;
        (sum.scale() == a.scale().max(b.scale())).then_some(sum)
    };
    exact(a, b).or_else(|| exact(a.normalize(), b.normalize()))
}

/// Appends it without an exponent and without needless zeros.
pub fn push(out: &mut String, number: Decimal) {
    let Ok(mut digits) = u64::try_from(number.mantissa().unsigned_abs()) else {
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{}", number.normalize());
        return;
    };
    let mut scale = number.scale();
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    if digits == 0 {
        out.push('0');
        return;
    }
    if number.is_sign_negative() {
        out.push('-');
    }
    // From the last digit to the first; 28 places, the point, and the zero before it.
    let mut text = [b'0'; 32];
    let mut at = text.len();
    let mut places = 0;
    while digits > 0 || places <= scale {
        if places == scale && scale > 0 {
            at -= 1;
            text[at] = b'.';
        }
        at -= 1;
        text[at] = b'0' + (digits % 10) as u8;
        digits /= 10;
        places += 1;
    }
    out.push_str(std::str::from_utf8(&text[at..]).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::{add, multiply, parse, push};

    fn shown(text: &str) -> Option<String> {
        let mut out = String::new();
        push(&mut out, parse(text)?);
        Some(out)
    }

    #[test]
    fn numbers_are_written_plainly_and_without_needless_zeros() {
        for (text, plain) in [
            ("12.50", "12.5"),
            ("18.00", "18"),
            ("0.35", "0.35"),
            ("-0.0", "0"),
            ("-12.050", "-12.05"),
            ("100", "100"),
            ("007", "7"),
            ("+5", "5"),
            ("1.5e3", "1500"),
            ("1.5E-3", "0.0015"),
            ("2e0", "2"),
            (
                "0.0000000000000000000000000001",
                "0.0000000000000000000000000001",
            ),
            (
                "79228162514264337593543950335",
                "79228162514264337593543950335",
            ),
            ("123456789012345678.90", "123456789012345678.9"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(plain), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_too_long_is_none() {
        for text in [
            "",
            "-",
            "+",
            ".",
            "5.",
            ".5",
            "1,5",
            "1_000",
            " 1",
            "1 ",
            "--1",
            "1.2.3",
            "0x10",
            "1e",
            "NaN",
            "١",
            "1e30",
            "0.00000000000000000000000000001",
            "79228162514264337593543950336",
            "1e999999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn arithmetic_is_exact_or_fails() {
        let number = |text: &str| parse(text).unwrap();
        assert_eq!(add(number("0.1"), number("0.2")), Some(number("0.3")));
        assert_eq!(multiply(number("0.1"), number("3")), Some(number("0.3")));
        assert_eq!(
            multiply(number("0"), number("0.0000000000000000000000000001")),
            Some(number("0"))
        );
        let tiny = number("0.000000000000001");
        assert_eq!(multiply(tiny, tiny), None, "30 places do not fit");
        let large = number("79228162514264337593543950335");
        assert_eq!(add(large, number("0.1")), None, "it would be rounded");
        assert_eq!(add(large, number("1")), None);
        assert_eq!(multiply(large, number("2")), None);
        // Needless zeros do not make a result too long.
        assert_eq!(
            multiply(number("1.00000000000000000000"), number("2.0000000000")),
            Some(number("2"))
        );
    }
}
