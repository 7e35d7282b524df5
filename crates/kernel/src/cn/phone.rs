//! Telephone numbers: mobile and landline of mainland China, service numbers, numbers abroad.
//!
//! Proves form only; which numbers are in service is the carriers' knowledge.

use crate::text;

/// Why a text is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Something other than digits and the usual separators.
    #[error("characters other than digits")]
    Characters,
    /// Neither a mobile nor a landline number has this form.
    #[error("neither a mobile nor a landline number")]
    Form,
}

impl PhoneError {
    /// A stable code for violations.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PhoneError::Characters => "characters",
            PhoneError::Form => "format",
        }
    }
}

/// A telephone number in its normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Phone {
    /// Eleven digits beginning with 13 to 19.
    Mobile(String),
    /// An area code with its 0, seven or eight digits, perhaps an extension.
    Landline {
        /// `010`, `0571`.
        area: String,
        /// Seven or eight digits.
        number: String,
        /// One to six digits.
        extension: Option<String>,
    },
    /// 400 and 800 numbers, and short ones of companies (95588).
    Service(String),
    /// A number of another country or region, written with its country code: `+85291234567`.
    Abroad(String),
}

impl Phone {
    /// Reads a number; `+86`, `0086`, spaces, dashes, brackets around the area code, full-width
    /// digits and `转` before an extension are understood.
    ///
    /// # Errors
    /// When it has other characters, or is neither a mobile nor a landline number.
    pub fn parse(text: &str) -> Result<Phone, PhoneError> {
        let half = text::half_width(text);
        let trimmed = text::trim(&half);
        let (main, extension) = split_extension(trimmed);
        let mut digits = String::with_capacity(main.len());
        for c in main.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() => digits.push_str("00"),
                ' ' | '-' | '(' | ')' | '.' | '‐' | '–' | '—' => {}
                _ => return Err(PhoneError::Characters),
            }
        }
        let abroad = digits.strip_prefix("0086");
        let national = match (abroad, digits.strip_prefix("86")) {
            (Some(rest), _) => rest,
            // Without a plus sign, 86 is a country code only when a mobile number follows.
            (None, Some(rest)) if is_mobile(rest) => rest,
            _ => digits.as_str(),
        };
        if is_mobile(national) && extension.is_none() {
            return Ok(Phone::Mobile(national.to_owned()));
        }
        if abroad.is_none()
            && extension.is_none()
            && let Some(phone) = abroad_or_service(&digits)
        {
            return Ok(phone);
        }
        // Dialed from abroad, an area code loses its 0.
        let with_zero = match abroad {
            Some(rest) if !rest.starts_with('0') => format!("0{rest}"),
            _ => national.to_owned(),
        };
        landline(&with_zero, extension).ok_or(PhoneError::Form)
    }

    /// The normal form: `13800138000`, `010-66551234`, `0571-88001234-801`.
    #[must_use]
    pub fn normal(&self) -> String {
        match self {
            Phone::Mobile(number) | Phone::Service(number) | Phone::Abroad(number) => {
                number.clone()
            }
            Phone::Landline { area, number, extension: None } => format!("{area}-{number}"),
            Phone::Landline { area, number, extension: Some(extension) } => {
                format!("{area}-{number}-{extension}")
            }
        }
    }

    /// Whether this is a mobile number.
    #[must_use]
    pub fn is_mobile(&self) -> bool {
        matches!(self, Phone::Mobile(_))
    }
}

fn is_mobile(digits: &str) -> bool {
    let second = digits.as_bytes().get(1).copied();
    digits.len() == 11
        && digits.starts_with('1')
        && second.is_some_and(|b| (b'3'..=b'9').contains(&b))
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `00` and a country code other than 86 with its number; 400 and 800 numbers of ten digits; five
/// or six digits beginning with 95 or 96.
fn abroad_or_service(digits: &str) -> Option<Phone> {
    if let Some(rest) = digits.strip_prefix("00") {
        let fits = (8..=15).contains(&rest.len()) && !rest.starts_with('0');
        return fits.then(|| Phone::Abroad(format!("+{rest}")));
    }
    let service = match digits.len() {
        10 => digits.starts_with("400") || digits.starts_with("800"),
        5 | 6 => digits.starts_with("95") || digits.starts_with("96"),
        _ => false,
    };
    service.then(|| Phone::Service(digits.to_owned()))
}

/// Cuts an extension: after `转`, `ext`, `x` or `#`, or after a second dash behind the number.
fn split_extension(text: &str) -> (&str, Option<&str>) {
    for mark in ["转", "ext.", "ext", "EXT", "x", "#"] {
        if let Some((main, extension)) = text.split_once(mark) {
            return (main.trim_end(), Some(extension.trim()));
        }
    }
    if let Some((main, extension)) = text.rsplit_once('-') {
        let digits = main.bytes().filter(u8::is_ascii_digit).count();
        let short = (1..=6).contains(&extension.len());
        if short
            && main.contains('-')
            && main.starts_with(['0', '('])
            && (10..=12).contains(&digits)
        {
            return (main, Some(extension));
        }
    }
    (text, None)
}

/// Two-digit area codes (010, 02x) have eight-digit numbers, the others seven or eight.
fn landline(digits: &str, extension: Option<&str>) -> Option<Phone> {
    let second = digits.strip_prefix('0')?.chars().next()?;
    let third = digits.chars().nth(2)?;
    let (area_length, least) = match (second, third) {
        ('1', '0') | ('2', '0'..='9') => (3, 8),
        ('3'..='9', '0'..='9') => (4, 7),
        _ => return None,
    };
    let (area, number) = digits.split_at_checked(area_length)?;
    let usual =
        (least..=8).contains(&number.len()) && number.starts_with(|c| matches!(c, '2'..='9'));
    let extension_fits = extension.is_none_or(|extension| {
        (1..=6).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_digit())
    });
    if !usual || !extension_fits {
        return None;
    }
    Some(Phone::Landline {
        area: area.to_owned(),
        number: number.to_owned(),
        extension: extension.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_people_write_have_one_normal_form() {
        let check = |text: &str, normal: &str| {
            let phone = Phone::parse(text).unwrap();
            assert_eq!(phone.normal(), normal, "{text}");
            assert_eq!(Phone::parse(normal).unwrap(), phone, "{text}");
        };
        for text in [
            "13800138000",
            "+8613800138000",
            "+86 138-0013-8000",
            "0086 138 0013 8000",
            "86 13800138000",
            "１３８００１３８０００",
            "(+86)13800138000",
        ] {
            check(text, "13800138000");
        }
        check("010-66551234", "010-66551234");
        check("(010) 6655 1234", "010-66551234");
        check("01066551234", "010-66551234");
        check("+86 10 66551234", "010-66551234");
        check("0571-88001234", "0571-88001234");
        check("0812-3331234", "0812-3331234");
        check("0571-88001234-801", "0571-88001234-801");
        check("0571-88001234转801", "0571-88001234-801");
        check("０５７１－８８００１２３４", "0571-88001234");
        check("400-800-1234", "4008001234");
        check("95588", "95588");
        check("+852 9123 4567", "+85291234567");
        check("001 212 555 0100", "+12125550100");
    }

    #[test]
    fn what_is_no_number_has_a_code() {
        let check = |text: &str, code| {
            assert_eq!(Phone::parse(text).unwrap_err().code(), code, "{text}");
        };
        check("", "format");
        check("1380013800", "format");
        check("12800138000", "format");
        check("138001380001", "format");
        check("010-6655", "format");
        check("010-6655123", "format");
        check("66551234", "format");
        check("010-06551234", "format");
        check("13800138000转1", "format");
        check("+86 12345", "format");
        check("+1234", "format");
        check("12345", "format");
        check("138001380OO", "characters");
        check("电话", "characters");
    }

    proptest! {
        #[test]
        fn every_mobile_number_is_read(number in "1[3-9][0-9]{9}") {
            prop_assert_eq!(Phone::parse(&number).unwrap(), Phone::Mobile(number));
        }

        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            let _ = Phone::parse(&text);
        }
    }
}
