//! Resident identity numbers (GB 11643), residence permits of HK, Macao and Taiwan included.
//!
//! Proves form, check digit and date. Whether the region code existed in the birth year is only
//! asked in strict mode: numbers issued under other codes are in honest use.

use std::fmt;

use jiff::civil::Date;

use super::region;
use crate::text;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// Male or female, as the number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男: an odd sequence number.
    Male,
    /// 女: an even sequence number.
    Female,
}

impl Sex {
    /// `male` or `female`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Sex::Male => "male",
            Sex::Female => "female",
        }
    }
}

/// Why a text is not a resident identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    /// Not 18 (or, legacy, 15) characters.
    #[error("not 18 characters")]
    Length,
    /// Something other than digits and a final X.
    #[error("characters other than digits and a final X")]
    Characters,
    /// The last character does not follow from the others.
    #[error("check digit wrong")]
    CheckDigit,
    /// The calendar has no such birth date.
    #[error("no such birth date")]
    Date,
    /// Born after today.
    #[error("birth date in the future")]
    Future,
    /// Strict mode: no region had this code when the holder was born.
    #[error("region code unknown in the birth year")]
    Region,
}

impl ResidentIdError {
    /// A stable code for violations.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ResidentIdError::Length => "length",
            ResidentIdError::Characters => "characters",
            ResidentIdError::CheckDigit => "check_digit",
            ResidentIdError::Date => "date",
            ResidentIdError::Future => "future",
            ResidentIdError::Region => "region",
        }
    }
}

/// How much to ask of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Form, check digit, date. A 15-digit legacy number is upgraded to 18.
    #[default]
    Usual,
    /// Also: 18 characters as written, and the region code existed in the birth year.
    Strict,
}

/// A valid number of 18 characters. Prints as `***` in debug output.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResidentId {
    characters: [u8; 18],
    born: Date,
}

impl ResidentId {
    /// Reads a number; spaces around, full-width digits and a lower-case x are understood.
    ///
    /// # Errors
    /// The first thing wrong, in the order length, characters, check digit, date, future, region.
    pub fn parse(
        text: &str,
        today: Date,
        strictness: Strictness,
    ) -> Result<ResidentId, ResidentIdError> {
        let half = text::half_width(text);
        let trimmed = text::trim(&half);
        let characters = match trimmed.chars().count() {
            18 => eighteen(trimmed)?,
            15 if strictness == Strictness::Usual => upgrade(trimmed)?,
            _ => return Err(ResidentIdError::Length),
        };
        let born = birth_date(&characters).ok_or(ResidentIdError::Date)?;
        if born > today {
            return Err(ResidentIdError::Future);
        }
        let id = ResidentId { characters, born };
        if strictness == Strictness::Strict && !region::existed(id.region(), born.year()) {
            return Err(ResidentIdError::Region);
        }
        Ok(id)
    }

    /// The 18 characters, X in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(&self.characters)
    }

    /// When the holder was born.
    #[must_use]
    pub fn birth_date(&self) -> Date {
        self.born
    }

    /// Male or female.
    #[must_use]
    pub fn sex(&self) -> Sex {
        let [.., sequence, _] = self.characters;
        if (sequence - b'0') % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The six digits of the region of first registration (see [`region::full_name`]).
    #[must_use]
    pub fn region(&self) -> &str {
        self.as_str().get(..6).unwrap_or_default()
    }

    /// Whether this is a residence permit of Hong Kong, Macao or Taiwan residents (8xxxxx).
    #[must_use]
    pub fn is_residence_permit(&self) -> bool {
        self.as_str().starts_with('8')
    }

    /// Full years of age on a day.
    #[must_use]
    pub fn age_on(&self, day: Date) -> i16 {
        let before_birthday = (day.month(), day.day()) < (self.born.month(), self.born.day());
        day.year() - self.born.year() - i16::from(before_birthday)
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The check character of 17 digits; `None` when they are not 17 digits.
#[must_use]
pub fn check_character(digits: &str) -> Option<char> {
    let bytes: &[u8; 17] = digits.as_bytes().try_into().ok()?;
    check_byte(bytes).map(char::from)
}

fn check_byte(digits: &[u8; 17]) -> Option<u8> {
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        if !digit.is_ascii_digit() {
            return None;
        }
        sum += u32::from(digit - b'0') * weight;
    }
    CHECKS.get(sum as usize % 11).copied()
}

fn eighteen(text: &str) -> Result<[u8; 18], ResidentIdError> {
    let mut characters: [u8; 18] =
        text.as_bytes().try_into().map_err(|_| ResidentIdError::Characters)?;
    characters.make_ascii_uppercase();
    let [front @ .., last] = characters;
    let expected = check_byte(&front).ok_or(ResidentIdError::Characters)?;
    if !last.is_ascii_digit() && last != b'X' {
        return Err(ResidentIdError::Characters);
    }
    if last == expected { Ok(characters) } else { Err(ResidentIdError::CheckDigit) }
}

/// Fifteen digits: six of region, two of a year of the twentieth century, month, day, three of
/// sequence; no check digit.
fn upgrade(text: &str) -> Result<[u8; 18], ResidentIdError> {
    if text.len() != 15 {
        return Err(ResidentIdError::Characters);
    }
    let (region, rest) = text.split_at_checked(6).ok_or(ResidentIdError::Characters)?;
    let front = format!("{region}19{rest}");
    let check = check_character(&front).ok_or(ResidentIdError::Characters)?;
    eighteen(&format!("{front}{check}"))
}

fn birth_date(characters: &[u8; 18]) -> Option<Date> {
    let text = ascii(characters);
    let year: i16 = text.get(6..10)?.parse().ok()?;
    let month: i8 = text.get(10..12)?.parse().ok()?;
    let day: i8 = text.get(12..14)?.parse().ok()?;
    if year < 1800 { None } else { Date::new(year, month, day).ok() }
}

fn ascii(characters: &[u8; 18]) -> &str {
    // INVARIANT: only ASCII gets in, so the fallback is never taken.
    std::str::from_utf8(characters).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const TODAY: Date = Date::constant(2026, 1, 31);

    fn read(text: &str) -> Result<ResidentId, ResidentIdError> {
        ResidentId::parse(text, TODAY, Strictness::Usual)
    }

    #[test]
    fn valid_numbers_say_who_was_born_where_and_when() {
        let check = |text: &str, number: &str, born: &str, sex, region: &str| {
            let id = read(text).unwrap();
            assert_eq!(id.as_str(), number, "{text}");
            assert_eq!(id.birth_date(), born.parse().unwrap());
            assert_eq!((id.sex(), id.region()), (sex, region));
        };
        check("110101199003078670", "110101199003078670", "1990-03-07", Sex::Male, "110101");
        check("44011320141005001x", "44011320141005001X", "2014-10-05", Sex::Male, "440113");
        check(
            "　１１０１０１１９９００３０７８６７０ ",
            "110101199003078670",
            "1990-03-07",
            Sex::Male,
            "110101",
        );
        check("53010219451130041X", "53010219451130041X", "1945-11-30", Sex::Male, "530102");
        check("12010119700324239X", "12010119700324239X", "1970-03-24", Sex::Male, "120101");
        check("440113141005001", "440113191410050013", "1914-10-05", Sex::Male, "440113");
        assert!(read("810000199408230021").unwrap().is_residence_permit());
    }

    #[test]
    fn what_is_wrong_has_a_code() {
        let check = |text: &str, code| assert_eq!(read(text).unwrap_err().code(), code, "{text}");
        check("", "length");
        check("11010119900307867", "length");
        check("1101011990030786700", "length");
        check("11010119900307867X", "check_digit");
        check("110101199003078671", "check_digit");
        check("1101011990030786A0", "characters");
        check("11010119900307867Y", "characters");
        check("1101011990030786张0", "characters");
        check("44011314100500张", "characters");
        for (front, code) in [
            ("11010119900230867", "date"),
            ("11010100900230867", "date"),
            ("11010120260201867", "future"),
        ] {
            check(&format!("{front}{}", check_character(front).unwrap()), code);
        }
    }

    #[test]
    fn strict_mode_asks_whether_the_region_existed_then() {
        let check = |front: &str, expected| {
            let text = format!("{front}{}", check_character(front).unwrap());
            let read = ResidentId::parse(&text, TODAY, Strictness::Strict);
            assert_eq!(read.err(), expected, "{front}");
            assert!(ResidentId::parse(&text, TODAY, Strictness::Usual).is_ok());
        };
        check("11010119900307867", None);
        check("46010619531019120", Some(ResidentIdError::Region)); // 龙华区 of Haikou began in 2002
        check("11010319850307867", None); // 崇文区, until 2010
        check("11010320150307867", Some(ResidentIdError::Region));
        check("99010119900307867", Some(ResidentIdError::Region));
        check("81000019940823002", None);
        assert_eq!(
            ResidentId::parse("440113141005001", TODAY, Strictness::Strict).err(),
            Some(ResidentIdError::Length)
        );
    }

    #[test]
    fn age_counts_birthdays() {
        let id = read("110101199003078670").unwrap();
        assert_eq!(id.age_on(Date::constant(2026, 3, 6)), 35);
        assert_eq!(id.age_on(Date::constant(2026, 3, 7)), 36);
        assert_eq!(format!("{id:?}"), "***");
    }

    proptest! {
        #[test]
        fn a_generated_number_is_valid_and_any_changed_digit_is_not(
            days in -20_000_i64..20_000, sequence in 0_u32..1000, place in 0_usize..17, by in 1_u8..10
        ) {
            let born = crate::time::date_from_days(days).unwrap();
            let front = format!(
                "420106{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day()
            );
            let text = format!("{front}{}", check_character(&front).unwrap());
            prop_assert_eq!(read(&text).unwrap().birth_date(), born);
            let mut wrong = text.into_bytes();
            if let Some(digit) = wrong.get_mut(place) {
                *digit = b'0' + (*digit - b'0' + by) % 10;
            }
            prop_assert!(read(std::str::from_utf8(&wrong).unwrap()).is_err());
        }

        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}
