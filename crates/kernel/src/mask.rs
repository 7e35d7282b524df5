//! Partial display of personal data (脱敏).
//!
//! Never shows a whole value, however short or odd it is.

use crate::cn::region;
use crate::text;

/// How a value is partly shown. Formats: domain rule R-DATA-03.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// `王**`, `王*` for two characters.
    Name,
    /// `138****8000`.
    Mobile,
    /// `110***********8670`.
    ResidentId,
    /// `1***...***0`
    ResidentIdShort,
    /// `尾号1234`.
    Tail4,
    /// `a***@example.com`.
    Email,
    /// To the district.
    Address,
    /// `***`.
    All,
}

impl Mask {
    /// Every mask.
    pub const ALL: [Mask; 8] = [
        Mask::Name,
        Mask::Mobile,
        Mask::ResidentId,
        Mask::ResidentIdShort,
        Mask::Tail4,
        Mask::Email,
        Mask::Address,
        Mask::All,
    ];

    /// The mask a pack calls `name`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Mask> {
        Mask::ALL.into_iter().find(|mask| mask.as_str() == name)
    }

    /// What packs call it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mask::Name => "name",
            Mask::Mobile => "mobile",
            Mask::ResidentId => "resident_id",
            Mask::ResidentIdShort => "resident_id_short",
            Mask::Tail4 => "tail4",
            Mask::Email => "email",
            Mask::Address => "address",
            Mask::All => "all",
        }
    }

    /// The part of `value` that may be shown. Never the whole: what is too short to be shown in
    /// part, or has not the form the mask is for, shows as `***`.
    #[must_use]
    pub fn apply(self, value: &str) -> String {
        let value = text::trim(value);
        let shown = match self {
            Mask::Name => name(value),
            Mask::Mobile => mobile(value),
            Mask::ResidentId => document(value),
            Mask::ResidentIdShort => document_short(value),
            Mask::Tail4 => tail4(value),
            Mask::Email => email(value),
            Mask::Address => address(value),
            Mask::All => None,
        };
        match shown {
            Some(shown) if !shown.contains(value) => shown,
            _ => "***".to_owned(),
        }
    }
}

fn name(value: &str) -> Option<String> {
    let mut characters = value.chars();
    let first = characters.next()?;
    match characters.count() {
        0 => None,
        1 => Some(format!("{first}*")),
        _ => Some(format!("{first}**")),
    }
}

/// The ASCII letters and digits of a number, without the spaces and dashes it is grouped by.
fn bare(value: &str) -> String {
    text::half_width(value).chars().filter(char::is_ascii_alphanumeric).collect()
}

fn mobile(value: &str) -> Option<String> {
    let digits = bare(value);
    let national = match digits.len() {
        13 => digits.strip_prefix("86").unwrap_or(&digits),
        15 => digits.strip_prefix("0086").unwrap_or(&digits),
        _ => &digits,
    };
    let shown = national.len() >= 10;
    shown.then(|| ends(national, 3, "****", 4)).flatten()
}

fn document(value: &str) -> Option<String> {
    let number = bare(value);
    match number.len() {
        0..8 => None,
        // Passports and permits: seven of nine characters would be nearly the whole.
        length @ 8..15 => ends(&number, 1, &"*".repeat(length - 3), 2),
        length => ends(&number, 3, &"*".repeat(length.min(64) - 7), 4),
    }
}

fn document_short(value: &str) -> Option<String> {
    let number = bare(value);
    if number.len() < 8 { None } else { ends(&number, 1, "***...***", 1) }
}

fn tail4(value: &str) -> Option<String> {
    let number = bare(value);
    let start = number.len().checked_sub(4)?;
    let tail = number.get(start..)?;
    if number.len() < 8 { None } else { Some(format!("尾号{tail}")) }
}

fn ends(text: &str, first: usize, between: &str, last: usize) -> Option<String> {
    let head = text.get(..first)?;
    let tail = text.get(text.len().checked_sub(last)?..)?;
    Some(format!("{head}{between}{tail}"))
}

fn email(value: &str) -> Option<String> {
    let (local, domain) = value.rsplit_once('@')?;
    let first = local.chars().next()?;
    if domain.is_empty() {
        return None;
    }
    // Of a local part of one letter nothing may be shown, or it would be shown whole.
    let head = if local.chars().count() > 1 { first.to_string() } else { String::new() };
    Some(format!("{head}***@{domain}"))
}

fn address(value: &str) -> Option<String> {
    // The narrowest region that leaves something of the address hidden.
    let places = region::locate(value);
    if let Some(place) = places.iter().rfind(|place| place.end < value.len()) {
        return value.get(..place.end).map(|shown| format!("{shown}***"));
    }
    if !places.is_empty() {
        return None;
    }
    let length = value.chars().count();
    let shown = (length / 2).min(6);
    if shown < 2 {
        return None;
    }
    let head: String = value.chars().take(shown).collect();
    Some(format!("{head}***"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_mask_shows_its_part() {
        let check = |mask: Mask, value: &str, shown: &str| {
            assert_eq!(mask.apply(value), shown, "{value}");
        };
        check(Mask::Name, "王芳", "王*");
        check(Mask::Name, "王小芳", "王**");
        check(Mask::Name, "欧阳锋", "欧**");
        check(Mask::Name, "阿卜杜拉·买买提", "阿**");
        check(Mask::Name, " 𠮷田 ", "𠮷*");
        check(Mask::Mobile, "13800138000", "138****8000");
        check(Mask::Mobile, "+86 138-0013-8000", "138****8000");
        check(Mask::Mobile, "１３８００１３８０００", "138****8000");
        check(Mask::Mobile, "010-66551234", "010****1234");
        check(Mask::ResidentId, "110101199003078670", "110***********8670");
        check(Mask::ResidentId, "110101900307867", "110********7867");
        check(Mask::ResidentId, "E12345678", "E******78");
        check(Mask::ResidentIdShort, "110101199003078670", "1***...***0");
        check(Mask::ResidentIdShort, "44011320141005001X", "4***...***X");
        check(Mask::Tail4, "6228 4804 0256 4890 018", "尾号0018");
        check(Mask::Email, "abc@example.com", "a***@example.com");
        check(Mask::Email, "a@example.com", "***@example.com");
        check(Mask::Address, "湖北省武汉市中山路819号6栋310室", "湖北省武汉市***");
        check(Mask::Address, "湖北省武汉市江岸区中山路819号", "湖北省武汉市江岸区***");
        check(Mask::Address, "湖北省武汉市江岸区", "湖北省武汉市***");
        check(Mask::Address, "开发区科技路十九号院三栋", "开发区科技路***");
        check(Mask::All, "anything", "***");
    }

    #[test]
    fn what_is_short_or_has_another_form_shows_nothing() {
        let check = |mask: Mask, value: &str| assert_eq!(mask.apply(value), "***", "{value}");
        for mask in Mask::ALL {
            check(mask, "");
            check(mask, "王");
            check(mask, " 　");
        }
        check(Mask::Name, "王*");
        check(Mask::Mobile, "12345");
        check(Mask::ResidentId, "1234567");
        check(Mask::ResidentIdShort, "1234567");
        check(Mask::Tail4, "1234567");
        check(Mask::Email, "not mail");
        check(Mask::Email, "@example.com");
        check(Mask::Email, "a@");
        check(Mask::Address, "湖北省");
        check(Mask::Address, "某路");
    }

    #[test]
    fn masks_go_by_their_names_in_packs() {
        for mask in Mask::ALL {
            assert_eq!(Mask::parse(mask.as_str()), Some(mask));
        }
        assert_eq!(Mask::parse("Name"), None);
    }

    fn all_stars(value: &str) -> bool {
        text::trim(value).chars().all(|c| c == '*')
    }

    proptest! {
        #[test]
        fn no_mask_shows_the_whole(value in any::<String>()) {
            for mask in Mask::ALL {
                let shown = mask.apply(&value);
                prop_assert!(!shown.is_empty());
                prop_assert!(all_stars(&value) || !shown.contains(text::trim(&value)));
            }
        }

        #[test]
        fn no_mask_shows_the_whole_of_likely_values(
            value in "[王李欧阳0-9A-Za-z@.*省市区湖北武汉 -]{0,24}"
        ) {
            for mask in Mask::ALL {
                let shown = mask.apply(&value);
                prop_assert!(all_stars(&value) || !shown.contains(text::trim(&value)));
            }
        }

        #[test]
        fn at_most_seven_digits_of_a_number_show(value in "[0-9]{8,30}") {
            for mask in Mask::ALL {
                let shown = mask.apply(&value);
                if mask == Mask::Address { continue; }
                prop_assert!(shown.chars().filter(char::is_ascii_digit).count() <= 7);
            }
        }
    }
}
