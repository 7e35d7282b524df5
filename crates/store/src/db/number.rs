//! Numbers of any scale in SQLite: sixteen bytes that sort, compare and group as the numbers do.
//!
//! The number times 10^12 as a 128-bit integer, most significant byte first, sign bit flipped.

use rust_decimal::Decimal;

/// Digits after the point.
const SCALE: u32 = 12;
const UNIT: i128 = 1_000_000_000_000;

/// The bytes of `number`, rounded half away from zero to twelve digits.
pub(crate) fn encode(number: Decimal) -> Vec<u8> {
    pack(whole(number)).to_vec()
}

/// The number of these bytes.
pub(crate) fn decode(bytes: &[u8]) -> Option<Decimal> {
    let mut value = unpack(bytes)?;
    let mut scale = SCALE;
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(value, scale).ok()
}

pub(crate) fn pack(value: i128) -> [u8; 16] {
    (value ^ i128::MIN).to_be_bytes()
}

pub(crate) fn unpack(bytes: &[u8]) -> Option<i128> {
    Some(i128::from_be_bytes(bytes.try_into().ok()?) ^ i128::MIN)
}

/// An integer of `scale` in the common unit.
pub(crate) fn lift(value: i64, scale: u32) -> Option<i128> {
    Some(i128::from(value) * 10_i128.checked_pow(SCALE.checked_sub(scale)?)?)
}

fn whole(number: Decimal) -> i128 {
    let scale = number.scale();
    let mantissa = number.mantissa();
    if scale <= SCALE {
        // At most 10^28 times 10^12 needs 133 bits only for numbers beyond any limit of ours.
        return mantissa.saturating_mul(10_i128.pow(SCALE - scale));
    }
    let unit = 10_i128.pow(scale - SCALE);
    let (quotient, rest) = (mantissa / unit, (mantissa % unit).abs());
    if rest * 2 >= unit { quotient + mantissa.signum() } else { quotient }
}

/// One in the common unit.
pub(crate) const ONE: i128 = UNIT;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn bytes_sort_as_numbers_do() {
        let texts = ["-9999999999999999", "-1.5", "-0.000000000001", "0", "0.5", "1", "10", "2000"];
        let bytes: Vec<_> = texts.iter().map(|text| encode(text.parse().unwrap())).collect();
        assert!(bytes.is_sorted());
        for (text, bytes) in texts.iter().zip(&bytes) {
            assert_eq!(decode(bytes).unwrap().to_string(), *text);
        }
        assert_eq!(
            decode(&encode("0.0000000000005".parse().unwrap())).unwrap().to_string(),
            "0.000000000001"
        );
    }
}
