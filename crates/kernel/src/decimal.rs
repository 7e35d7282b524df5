//! Exact decimals: the scaled integers they are stored as, named rounding, amounts people typed.
//!
//! Never rounds unless asked by name, never passes through a float.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::text;

/// Why a decimal has no exact scaled integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// It has more digits after the point than the scale keeps.
    #[error("more than {0} digits after the point")]
    TooManyDigits(u32),
    /// It does not fit 64 bits at that scale.
    #[error("too large at {0} digits after the point")]
    Overflow(u32),
}

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing is left after trimming.
    #[error("empty")]
    Empty,
    /// It is not a number in a form this understands.
    #[error("not an amount")]
    NotAnAmount,
    /// Its separators do not stand at groups of three, so its size is in doubt.
    #[error("separators are not at groups of three digits")]
    Grouping,
    /// It is a number beyond what can be kept exactly.
    #[error("too many digits")]
    TooLarge,
}

/// The integer `value × 10^scale`, if exact.
///
/// # Errors
/// When digits would be lost or the integer would not fit.
pub fn to_scaled(value: Decimal, scale: u32) -> Result<i64, ScaleError> {
    let mut mantissa = value.mantissa();
    let mut digits = value.scale();
    while digits > scale {
        if mantissa % 10 != 0 {
            return Err(ScaleError::TooManyDigits(scale));
        }
        mantissa /= 10;
        digits -= 1;
    }
    10_i128
        .checked_pow(scale - digits)
        .and_then(|factor| mantissa.checked_mul(factor))
        .and_then(|scaled| i64::try_from(scaled).ok())
        .or(if mantissa == 0 { Some(0) } else { None })
        .ok_or(ScaleError::Overflow(scale))
}

/// The decimal `value ÷ 10^scale`, showing `scale` digits. A decimal holds 28 digits after the
/// point: a greater scale than 28 is a mistake in the caller and reads as 28.
#[must_use]
pub fn from_scaled(value: i64, scale: u32) -> Decimal {
    let kept = scale.min(Decimal::MAX_SCALE);
    Decimal::try_from_i128_with_scale(i128::from(value), kept).unwrap_or_default()
}

/// Rounds to `digits` after the point, halves away from zero (四舍五入).
#[must_use]
pub fn round_half_up(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// Reads an amount as people type it: `1,234.50`, `¥ 88,000`, `88000元`, `CNY 12`, `１２．５`,
/// `-3`, `1.2万`, `3亿元`. A multiplier written in the text is applied.
///
/// Refuses parentheses, exponents, two signs, and separators anywhere but between groups of three:
/// each leaves the amount in doubt.
///
/// # Errors
/// Says whether it is empty, no amount, doubtful or too large.
pub fn parse_amount_lenient(text: &str) -> Result<Decimal, AmountError> {
    let half = text::half_width(text);
    let mut rest = half.trim();
    if rest.is_empty() {
        return Err(AmountError::Empty);
    }
    let mut negative = take_sign(&mut rest);
    strip_prefix(&mut rest);
    if negative.is_none() {
        negative = take_sign(&mut rest);
    }
    let factor = strip_suffix(&mut rest);
    let digits = plain_digits(rest)?;
    let value = Decimal::from_str_exact(&digits).map_err(|_| AmountError::TooLarge)?;
    let value = value.checked_mul(Decimal::from(factor)).ok_or(AmountError::TooLarge)?;
    let signed = if negative == Some(true) { -value } else { value };
    Ok(if signed.is_zero() { signed.abs() } else { signed })
}

fn take_sign(rest: &mut &str) -> Option<bool> {
    let (negative, tail) = if let Some(tail) = rest.strip_prefix(['-', '−']) {
        (true, tail)
    } else if let Some(tail) = rest.strip_prefix('+') {
        (false, tail)
    } else {
        return None;
    };
    *rest = tail.trim_start();
    Some(negative)
}

fn strip_prefix(rest: &mut &str) {
    for sign in ["人民币", "CNY", "cny", "RMB", "rmb", "¥", "￥"] {
        if let Some(tail) = rest.strip_prefix(sign) {
            *rest = tail.trim_start_matches([' ', ':']);
        }
    }
}

fn strip_suffix(rest: &mut &str) -> u32 {
    for unit in ["人民币", "CNY", "cny", "RMB", "rmb", "元整", "元", "圆"] {
        if let Some(head) = rest.strip_suffix(unit) {
            *rest = head.trim_end();
            break;
        }
    }
    for (unit, factor) in [("亿", 100_000_000), ("百万", 1_000_000), ("万", 10_000), ("千", 1_000)]
    {
        if let Some(head) = rest.strip_suffix(unit) {
            *rest = head.trim_end();
            return factor;
        }
    }
    1
}

/// The digits and the point, separators removed once they proved to stand where they should.
fn plain_digits(text: &str) -> Result<String, AmountError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if fraction.is_some_and(|part| !all_digits(part)) {
        return Err(AmountError::NotAnAmount);
    }
    let separators: Vec<char> = whole.chars().filter(|c| matches!(c, ',' | ' ' | '\'')).collect();
    let mut plain = String::with_capacity(text.len());
    if let Some(&first) = separators.first() {
        if separators.iter().any(|&c| c != first) {
            return Err(AmountError::Grouping);
        }
        for (index, group) in whole.split(first).enumerate() {
            if !all_digits(group) {
                return Err(AmountError::NotAnAmount);
            }
            let fits = if index == 0 { group.len() <= 3 } else { group.len() == 3 };
            if !fits {
                return Err(AmountError::Grouping);
            }
            plain.push_str(group);
        }
    } else {
        if !all_digits(whole) {
            return Err(AmountError::NotAnAmount);
        }
        plain.push_str(whole);
    }
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scaling_is_exact_or_refused() {
        let check = |text: &str, scale, expected| {
            assert_eq!(to_scaled(text.parse().unwrap(), scale), expected, "{text} at {scale}");
        };
        check("12.30", 2, Ok(1230));
        check("12.3000", 2, Ok(1230));
        check("-0.01", 2, Ok(-1));
        check("0.000", 0, Ok(0));
        check("12.345", 2, Err(ScaleError::TooManyDigits(2)));
        check("92233720368547758.07", 2, Ok(i64::MAX));
        check("92233720368547758.08", 2, Err(ScaleError::Overflow(2)));
        check("-92233720368547758.08", 2, Ok(i64::MIN));
        check("79228162514264337593543950335", 9, Err(ScaleError::Overflow(9)));
        check("0", 200, Ok(0));
        assert_eq!(from_scaled(1230, 2).to_string(), "12.30");
        assert_eq!(from_scaled(-1, 9).to_string(), "-0.000000001");
    }

    #[test]
    fn halves_round_away_from_zero() {
        let check = |text: &str, digits, expected: &str| {
            assert_eq!(round_half_up(text.parse().unwrap(), digits).to_string(), expected);
        };
        check("2.345", 2, "2.35");
        check("-2.345", 2, "-2.35");
        check("2.344999", 2, "2.34");
        check("0.5", 0, "1");
    }

    #[test]
    fn amounts_people_type_are_understood() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse_amount_lenient(text), Ok(expected.parse().unwrap()), "{text}");
        };
        check("842.72", "842.72");
        check("1,234,567.89", "1234567.89");
        check("１，２３４．５", "1234.5");
        check("¥ 88,000", "88000");
        check("￥88,000", "88000");
        check("CNY 88 000.10", "88000.10");
        check("88000元", "88000");
        check("　人民币 12 元整 ", "12");
        check("-3", "-3");
        check("¥-3.50", "-3.50");
        check("-￥3.50", "-3.50");
        check("+5", "5");
        check("−5", "-5");
        check("-0", "0");
        check("1.2万", "12000");
        check("1.2 万元", "12000");
        check("3亿元", "300000000");
        check("0.05", "0.05");
    }

    #[test]
    fn doubtful_amounts_are_refused() {
        let check = |text: &str, expected| {
            assert_eq!(parse_amount_lenient(text), Err(expected), "{text}");
        };
        check("", AmountError::Empty);
        check(" 　", AmountError::Empty);
        check("(12.00)", AmountError::NotAnAmount);
        check("1E5", AmountError::NotAnAmount);
        check("abc", AmountError::NotAnAmount);
        check("一百", AmountError::NotAnAmount);
        check("万", AmountError::NotAnAmount);
        check("12.", AmountError::NotAnAmount);
        check(".5", AmountError::NotAnAmount);
        check("1.2.3", AmountError::NotAnAmount);
        check("--3", AmountError::NotAnAmount);
        check("-¥-3", AmountError::NotAnAmount);
        check("1,23", AmountError::Grouping);
        check("1,234 567", AmountError::Grouping);
        check("1234,567", AmountError::Grouping);
        check("1,,234", AmountError::NotAnAmount);
        check("99999999999999999999999999999999", AmountError::TooLarge);
    }

    proptest! {
        #[test]
        fn scaled_integers_come_back(value in any::<i64>(), scale in 0_u32..=9) {
            prop_assert_eq!(to_scaled(from_scaled(value, scale), scale), Ok(value));
        }

        #[test]
        fn a_printed_amount_reads_back(value in any::<i64>(), scale in 0_u32..=9) {
            let value = from_scaled(value, scale);
            prop_assert_eq!(parse_amount_lenient(&value.to_string()), Ok(value));
        }

        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            let _ = parse_amount_lenient(&text);
        }
    }
}
