//! Exact arithmetic of expressions, over decimals.
//!
//! Every result is rounded half away from zero to [`DIGITS`] digits after the point and is `None`
//! from a magnitude of [`LIMIT`] on. The store registers these same functions in SQLite, so that
//! there is one arithmetic.

use rust_decimal::{Decimal, RoundingStrategy};

/// Digits after the point that a result keeps.
pub const DIGITS: u32 = 12;

/// Numbers are smaller than this: 10^16.
pub const LIMIT: i64 = 10_000_000_000_000_000;

const UNIT: i128 = 1_000_000_000_000;

/// `x` if it is within the limits of numbers, rounded to [`DIGITS`].
#[must_use]
pub fn bounded(x: Decimal) -> Option<Decimal> {
    let x = if x.scale() <= DIGITS {
        x
    } else {
        x.round_dp_with_strategy(DIGITS, RoundingStrategy::MidpointAwayFromZero)
    };
    (x.abs() < Decimal::from(LIMIT)).then_some(x)
}

/// Sum.
#[must_use]
pub fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    bounded(bounded(a)?.checked_add(bounded(b)?)?)
}

/// Difference.
#[must_use]
pub fn sub(a: Decimal, b: Decimal) -> Option<Decimal> {
    bounded(bounded(a)?.checked_sub(bounded(b)?)?)
}

/// Product.
#[must_use]
pub fn mul(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (bounded(a)?.normalize(), bounded(b)?.normalize());
    let scale = a.scale() + b.scale();
    if scale <= DIGITS {
        return number(a.mantissa().checked_mul(b.mantissa())?, scale);
    }
    // (qa·d + ra)(qb·d + rb) / d without ever holding the whole product.
    let divisor = power(scale - DIGITS)?;
    let (x, y) = (a.mantissa().abs(), b.mantissa().abs());
    let (qx, rx) = (x / divisor, x % divisor);
    let (qy, ry) = (y / divisor, y % divisor);
    let whole = qx.checked_mul(y)?.checked_add(rx.checked_mul(qy)?)?;
    let mantissa = whole.checked_add(half_up(rx.checked_mul(ry)?, divisor))?;
    let negative = a.is_sign_negative() != b.is_sign_negative();
    number(if negative { -mantissa } else { mantissa }, DIGITS)
}

/// Quotient; none by zero.
#[must_use]
pub fn div(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (x, y, _) = aligned(a, b)?;
    if y == 0 {
        return None;
    }
    let negative = (x < 0) != (y < 0);
    let (x, y) = (x.abs(), y.abs());
    let whole = (x / y).checked_mul(UNIT)?;
    // The remainder is below 10^28, so nine digits and then three fit 128 bits.
    let nine = (x % y).checked_mul(1_000_000_000)?;
    let three = (nine % y).checked_mul(1_000)?;
    let fraction = (nine / y).checked_mul(1_000)?.checked_add(half_up(three, y))?;
    let mantissa = whole.checked_add(fraction)?;
    number(if negative { -mantissa } else { mantissa }, DIGITS)
}

/// Remainder with the sign of `a`; none by zero.
#[must_use]
pub fn rem(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (x, y, scale) = aligned(a, b)?;
    number(x.checked_rem(y)?, scale)
}

/// Rounds half away from zero to `digits` after the point, taken between -12 and 12.
#[must_use]
pub fn round(x: Decimal, digits: i64) -> Option<Decimal> {
    let x = bounded(x)?;
    let digits = digits.clamp(-i64::from(DIGITS), i64::from(DIGITS));
    if let Ok(places) = u32::try_from(digits) {
        return bounded(x.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero));
    }
    let divisor = power(u32::try_from(-digits).ok()? + x.scale())?;
    let magnitude = half_up(x.mantissa().abs(), divisor);
    let rounded = magnitude.checked_mul(power(u32::try_from(-digits).ok()?)?)?;
    number(if x.is_sign_negative() { -rounded } else { rounded }, 0)
}

/// The whole number towards zero, if it fits.
#[must_use]
pub fn whole(x: Decimal) -> Option<i64> {
    i64::try_from(x.trunc().mantissa()).ok().filter(|_| x.trunc().scale() == 0)
}

/// Mantissas at the larger of both scales.
fn aligned(a: Decimal, b: Decimal) -> Option<(i128, i128, u32)> {
    let (a, b) = (bounded(a)?.normalize(), bounded(b)?.normalize());
    let scale = a.scale().max(b.scale());
    let x = a.mantissa().checked_mul(power(scale - a.scale())?)?;
    let y = b.mantissa().checked_mul(power(scale - b.scale())?)?;
    Some((x, y, scale))
}

/// `n / d` rounded half up, both positive.
fn half_up(n: i128, d: i128) -> i128 {
    let (quotient, remainder) = (n / d, n % d);
    if remainder >= d - remainder { quotient + 1 } else { quotient }
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

fn number(mantissa: i128, scale: u32) -> Option<Decimal> {
    bounded(Decimal::try_from_i128_with_scale(mantissa, scale).ok()?).map(|x| x.normalize())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn check(got: Option<Decimal>, expected: &str) {
        let got = got.map_or_else(|| "empty".to_owned(), |x| x.normalize().to_string());
        assert_eq!(got, expected);
    }

    fn n(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn results_are_exact_to_twelve_digits() {
        check(add(n("0.1"), n("0.2")), "0.3");
        check(mul(n("1.1"), n("-1.1")), "-1.21");
        check(mul(n("0.000001"), n("0.0000005")), "0.000000000001");
        check(mul(n("-0.000001"), n("0.0000005")), "-0.000000000001");
        check(mul(n("0.000001"), n("0.0000004")), "0");
        check(mul(n("9999.999999999999"), n("9999.999999999999")), "99999999.99999998");
        check(div(n("2"), n("3")), "0.666666666667");
        check(div(n("-2"), n("3")), "-0.666666666667");
        check(div(n("9999999999999999"), n("0.999999999999")), "empty");
        check(
            div(n("999999999999999.999999999999"), n("1.000000000001")),
            "999999999999000.000000000999",
        );
        check(div(n("1"), n("0")), "empty");
        check(rem(n("-7.5"), n("2")), "-1.5");
        check(rem(n("7"), n("0.3")), "0.1");
        check(rem(n("7"), n("0")), "empty");
    }

    #[test]
    fn a_result_of_ten_to_the_sixteenth_is_empty() {
        check(add(n("9999999999999999"), n("0.999999999999")), "9999999999999999.999999999999");
        check(add(n("9999999999999999"), n("1")), "empty");
        check(mul(n("100000000"), n("100000000")), "empty");
        check(mul(n("99999999.999999999999"), n("99999999.999999999999")), "9999999999999999.9998");
    }

    #[test]
    fn rounding_goes_half_away_from_zero() {
        check(round(n("2.5"), 0), "3");
        check(round(n("-2.5"), 0), "-3");
        check(round(n("1.005"), 2), "1.01");
        check(round(n("1250"), -2), "1300");
        check(round(n("-1249.99"), -2), "-1200");
        check(round(n("1.5"), 99), "1.5");
        check(round(n("9999999999999999"), -12), "empty");
    }

    #[test]
    fn whole_numbers_are_cut_towards_zero() {
        assert_eq!(whole(n("2.9")), Some(2));
        assert_eq!(whole(n("-2.9")), Some(-2));
        assert_eq!(whole(n("1e20".replace("e20", "00000000000000000000").as_str())), None);
    }

    proptest::proptest! {
        #[test]
        fn a_product_is_the_exact_one_rounded_once(
            x in -1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000,
            y in -1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000,
            scales in (6_u32..=12, 6_u32..=12),
        ) {
            let (a, b) = (Decimal::new(x, scales.0), Decimal::new(y, scales.1));
            let exact = i128::from(x) * i128::from(y);
            let divisor = power(scales.0 + scales.1 - DIGITS).unwrap();
            let magnitude = half_up(exact.abs(), divisor);
            proptest::prop_assert_eq!(mul(a, b), number(exact.signum() * magnitude, DIGITS));
        }

        #[test]
        fn a_quotient_is_off_by_half_a_last_digit_at_most(
            x in -1_000_000_000_000_i64..1_000_000_000_000,
            y in 1_i64..1_000_000_000_000,
        ) {
            let quotient = div(Decimal::from(x), Decimal::from(y)).unwrap();
            let scaled = quotient.mantissa() * power(DIGITS - quotient.scale()).unwrap();
            let rest = i128::from(x) * UNIT - scaled * i128::from(y);
            proptest::prop_assert!(rest.abs() * 2 <= i128::from(y));
        }
    }
}
