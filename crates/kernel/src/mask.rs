//! Partial display of personal data (脱敏).

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
        let value = crate::text::trim(value);
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
    crate::text::half_width(value).chars().filter(char::is_ascii_alphanumeric).collect()
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
    let length = value.chars().count();
    let shown = (length / 2).min(6);
    if shown < 2 {
        return None;
    }
    let head: String = value.chars().take(shown).collect();
    Some(format!("{head}***"))
}
