//! Unified social credit codes (GB 32100) and the organization codes inside them (GB 11714).
//!
//! Proves both check characters; knows nothing about who is registered.

use std::fmt;

use crate::text;

/// The characters of GB 32100: no I, O, S, V or Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const ORGANIZATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Why a text is not a unified social credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// Not 18 characters.
    #[error("not 18 characters")]
    Length,
    /// A character the standard does not use.
    #[error("characters the standard does not use")]
    Characters,
    /// The last character does not follow from the others.
    #[error("check character wrong")]
    CheckDigit,
    /// The ninth character of the organization code (position 17) is wrong.
    #[error("organization code's check character wrong")]
    Organization,
}

impl UsccError {
    /// A stable code for violations.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            UsccError::Length => "length",
            UsccError::Characters => "characters",
            UsccError::CheckDigit => "check_digit",
            UsccError::Organization => "organization_code",
        }
    }
}

/// A valid code of 18 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uscc([u8; 18]);

impl Uscc {
    /// Reads a code; spaces around, full-width forms and lower case are understood.
    ///
    /// # Errors
    /// The first thing wrong, in the order length, characters, check character, organization code.
    pub fn parse(text: &str) -> Result<Uscc, UsccError> {
        let half = text::half_width(text);
        let trimmed = text::trim(&half);
        if trimmed.chars().count() != 18 {
            return Err(UsccError::Length);
        }
        let mut code: [u8; 18] =
            trimmed.as_bytes().try_into().map_err(|_| UsccError::Characters)?;
        code.make_ascii_uppercase();
        let [front @ .., last] = code;
        if value(last).is_none() {
            return Err(UsccError::Characters);
        }
        let expected = check(&front).ok_or(UsccError::Characters)?;
        if last != expected {
            return Err(UsccError::CheckDigit);
        }
        let uscc = Uscc(code);
        let organization = uscc.organization_code();
        let (body, check) = organization.split_at_checked(8).ok_or(UsccError::Organization)?;
        let matches = organization_check(body).is_some_and(|expected| check.starts_with(expected));
        if matches { Ok(uscc) } else { Err(UsccError::Organization) }
    }

    /// The 18 characters in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // INVARIANT: only ASCII gets in, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The six digits of the registering authority's region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.as_str().get(2..8).unwrap_or_default()
    }

    /// The nine characters of the organization code (GB 11714).
    #[must_use]
    pub fn organization_code(&self) -> &str {
        self.as_str().get(8..17).unwrap_or_default()
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The last character of a code from its first 17; `None` when those are not of the alphabet.
#[must_use]
pub fn check_character(front: &str) -> Option<char> {
    check(front.as_bytes().try_into().ok()?).map(char::from)
}

/// The check character of an organization code from its first eight characters.
#[must_use]
pub fn organization_check(body: &str) -> Option<char> {
    if body.len() != 8 {
        return None;
    }
    let mut sum = 0;
    for (character, weight) in body.chars().zip(ORGANIZATION_WEIGHTS) {
        if character.is_ascii_lowercase() {
            return None;
        }
        sum += character.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        11 => Some('0'),
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}

fn check(front: &[u8; 17]) -> Option<u8> {
    let mut sum = 0;
    let mut weight = 1;
    for &character in front {
        sum += value(character)? * weight;
        weight = weight * 3 % 31;
    }
    ALPHABET.get((31 - sum % 31) % 31).copied()
}

fn value(character: u8) -> Option<usize> {
    ALPHABET.iter().position(|&known| known == character)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn valid_codes_are_read() {
        let check = |text: &str, region: &str, organization: &str| {
            let code = Uscc::parse(text).unwrap();
            assert_eq!((code.region(), code.organization_code()), (region, organization));
        };
        check("91110000600037341L", "110000", "600037341");
        check(" 91110000600037341l　", "110000", "600037341");
        check("91350100M000100Y43", "350100", "M000100Y4");
        assert_eq!(check_character("91110000600037341"), Some('L'));
    }

    #[test]
    fn what_is_wrong_has_a_code() {
        let check = |text: &str, code| {
            assert_eq!(Uscc::parse(text).unwrap_err().code(), code, "{text}");
        };
        check("", "length");
        check("91110000600037341", "length");
        check("91110000600037341M", "check_digit");
        check("9111000060003734IL", "characters");
        check("91110000600037341Z", "characters");
        check("9111000060003734张L", "characters");
        let front = "91110000600037342";
        check(&format!("{front}{}", check_character(front).unwrap()), "organization_code");
    }

    proptest! {
        #[test]
        fn a_generated_code_is_valid(body in "[0-9A-HJ-NPQRTUWXY]{8}", region in "[1-6][0-9]{5}") {
            let nine = organization_check(&body).unwrap();
            let front = format!("91{region}{body}{nine}");
            let text = format!("{front}{}", check_character(&front).unwrap());
            prop_assert_eq!(Uscc::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            let _ = Uscc::parse(&text);
        }
    }
}
