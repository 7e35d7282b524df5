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
