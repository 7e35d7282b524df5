//! Texts with a form of their own: telephone, e-mail, web address, Chinese identifiers.

use kernel::Date;
use kernel::cn::resident_id::{ResidentIdError, Strictness};
use kernel::cn::uscc::UsccError;
use kernel::cn::{BankCard, Phone, ResidentId, Uscc, contact};

use crate::Value;

use super::codec::{Parsed, full};
use super::{FieldType, Flaw};

/// The normal form of a text of `kind`, if it is one.
pub(super) fn parse(kind: &FieldType, text: &str, today: Date) -> Parsed {
    let text = kernel::text::trim(text);
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match kind {
        FieldType::Phone => {
            Phone::parse(text).map(|phone| full(&phone.normal())).map_err(|_| Flaw::new("format"))
        }
        FieldType::Email => {
            contact::email(text).map(|email| full(&email)).ok_or_else(|| Flaw::new("format"))
        }
        FieldType::Url => {
            contact::url(text).map(|url| full(&url)).ok_or_else(|| Flaw::new("format"))
        }
        FieldType::ResidentId => ResidentId::parse(text, today, Strictness::Usual)
            .map(|id| full(id.as_str()))
            .map_err(|error| {
                Flaw::new(match error {
                    ResidentIdError::Length | ResidentIdError::Characters => "format",
                    ResidentIdError::CheckDigit => "check_digit",
                    ResidentIdError::Date => "date",
                    ResidentIdError::Future => "future",
                    ResidentIdError::Region => "region",
                })
            }),
        FieldType::CreditCode => {
            Uscc::parse(text).map(|code| full(code.as_str())).map_err(|error| {
                Flaw::new(match error {
                    UsccError::Length | UsccError::Characters => "format",
                    UsccError::CheckDigit | UsccError::Organization => "check_digit",
                })
            })
        }
        FieldType::BankCard => {
            BankCard::parse(text).map(|card| full(card.as_str())).map_err(|_| Flaw::new("format"))
        }
        _ => Err(Flaw::new("type").with("expected", "text").with("expected_zh", "文本")),
    }
}
