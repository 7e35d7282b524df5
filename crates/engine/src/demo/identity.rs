//! Chinese identifiers made from a serial number: valid, and different for different serials.
//!
//! Makes only; whether such a number is in use anywhere is not asked.

use kernel::Date;
use kernel::cn::{bank_card, resident_id, uscc};
use kernel::time::date_from_days;

use super::dice::Dice;

/// Order numbers of one day, region and sex.
const ORDERS: u64 = 500;
/// Birthdays of a year; nobody is born on 29 February.
const DAYS: u64 = 365;
/// Years that one order number and birthday are kept apart by.
const YEARS: u64 = 8;

/// Serials that [`birthday`] and [`resident_number`] keep apart.
pub(crate) const SERIALS: u64 = ORDERS * DAYS * YEARS;

/// A date of birth within four years of `year`. Two serials below [`SERIALS`] differ in the date or
/// in the order number of [`resident_number`], so no two people share a number, wherever born.
pub(crate) fn birthday(serial: u64, year: i64) -> Option<Date> {
    if serial >= SERIALS {
        return None;
    }
    let day = i64::try_from(serial / ORDERS % DAYS).ok()?;
    let lane = i64::try_from(serial / (ORDERS * DAYS) % YEARS).ok()?;
    let years = i64::try_from(YEARS).ok()?;
    let shift = (lane - year).rem_euclid(years);
    let year = year + if shift >= years / 2 { shift - years } else { shift };
    let leap_day_passed = day >= 59 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
    date_from_days(kernel::time::days_since_epoch(first) + day + i64::from(leap_day_passed))
}

/// The resident number of somebody born on `birth` in `region`.
pub(crate) fn resident_number(
    serial: u64,
    birth: Date,
    region: &str,
    male: bool,
) -> Option<String> {
    let order = serial % ORDERS * 2 + u64::from(male);
    let front =
        format!("{region}{:04}{:02}{:02}{order:03}", birth.year(), birth.month(), birth.day());
    Some(format!("{front}{}", resident_id::check_character(&front)?))
}

/// The characters of GB 32100.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A unified social credit code registered in `region`; `authority` is its first two characters.
pub(crate) fn credit_code(serial: u64, authority: &str, region: &str) -> Option<String> {
    let size = 31_u64.pow(6);
    let mut left = serial.wrapping_mul(104_729) % size;
    let mut body = [b'0'; 6];
    for place in body.iter_mut().rev() {
        *place = ALPHABET.get(usize::try_from(left % 31).ok()?).copied()?;
        left /= 31;
    }
    let body = format!("MA{}", std::str::from_utf8(&body).ok()?);
    let front = format!("{authority}{region}{body}{}", uscc::organization_check(&body)?);
    Some(format!("{front}{}", uscc::check_character(&front)?))
}

const MOBILE_PREFIXES: [&str; 20] = [
    "138", "139", "136", "137", "135", "150", "151", "158", "159", "187", "188", "130", "186",
    "185", "176", "133", "189", "180", "177", "199",
];

/// A mobile number; its last eight digits follow from the serial alone.
pub(crate) fn mobile(serial: u64, dice: &mut Dice) -> Option<String> {
    let digits = (u128::from(serial) * 68_718_951 + 20_260_417) % 100_000_000;
    let at = usize::try_from(dice.below(MOBILE_PREFIXES.len() as u64)).ok()?;
    Some(format!("{}{digits:08}", MOBILE_PREFIXES.get(at)?))
}

/// A card number of `length` digits that begins with `prefix` and passes Luhn's check.
pub(crate) fn card(serial: u64, prefix: &str, length: usize) -> Option<String> {
    let free = u32::try_from(length.checked_sub(prefix.len() + 1)?).ok()?;
    let space = 10_u128.checked_pow(free)?;
    let digits = (u128::from(serial) * 7_654_321 + 31_415_927) % space;
    let front = format!("{prefix}{digits:0width$}", width = usize::try_from(free).ok()?);
    Some(format!("{front}{}", bank_card::check_digit(&front)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use kernel::cn::bank_card::luhn_valid;
    use kernel::cn::resident_id::{ResidentId, Sex, Strictness};
    use kernel::cn::uscc::Uscc;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn resident_numbers_say_what_they_were_made_of(
            serial in 0..SERIALS, year in 1940_i64..2020, male: bool,
        ) {
            let birth = birthday(serial, year).unwrap();
            prop_assert!((i64::from(birth.year()) - year).abs() <= 4);
            let number = resident_number(serial, birth, "110101", male).unwrap();
            let today = kernel::Date::constant(2026, 1, 1);
            let read = ResidentId::parse(&number, today, Strictness::Strict).unwrap();
            prop_assert_eq!(read.birth_date(), birth);
            prop_assert_eq!(read.sex() == Sex::Male, male);
        }

        #[test]
        fn codes_cards_and_mobiles_are_valid(serial in 0_u64..10_000_000) {
            let code = credit_code(serial, "91", "310101").unwrap();
            prop_assert!(Uscc::parse(&code).is_ok(), "{}", code);
            let card = card(serial, "622848", 19).unwrap();
            prop_assert!(luhn_valid(&card) && card.len() == 19);
            let mobile = mobile(serial, &mut Dice::new(serial)).unwrap();
            prop_assert!(kernel::cn::phone::Phone::parse(&mobile).unwrap().is_mobile());
        }
    }

    #[test]
    fn numbers_of_different_serials_differ() {
        let mut seen = HashSet::new();
        for serial in (0..SERIALS).step_by(37).chain(0..40_000) {
            let birth = birthday(serial, 1985).unwrap();
            seen.insert((serial, resident_number(serial, birth, "110101", true).unwrap()));
        }
        let numbers: HashSet<&String> = seen.iter().map(|(_, number)| number).collect();
        assert_eq!(numbers.len(), seen.len());
    }
}
