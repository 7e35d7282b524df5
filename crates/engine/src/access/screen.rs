//! What screens are told about: dated parameters with fallbacks, in force today.

use kernel::Date;
use schema::Catalogue;
use schema::catalogue::ParameterValue;
use serde::Serialize;

use crate::Engine;

/// Settings of screens. The parameter of each field has the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Screen {
    /// `reveal_reasons`, else none: the reason is typed.
    pub reveal_reasons: Vec<String>,
    /// `reveal_seconds`, else 30: how long a revealed value stays shown.
    pub reveal_seconds: i64,
    /// `session_idle_minutes`, as [`Policy`](super::Policy) has it.
    pub idle_minutes: i64,
    /// `screen_watermark`, else false: user and time over every page.
    pub watermark: bool,
}

impl Screen {
    /// The settings of `catalogue` on `day`.
    fn of(catalogue: &Catalogue, day: Date) -> Screen {
        let value = |name: &str| catalogue.parameters.get(name).and_then(|p| p.on(day));
        Screen {
            reveal_reasons: match value("reveal_reasons") {
                Some(ParameterValue::Texts(reasons)) => reasons.clone(),
                _ => Vec::new(),
            },
            reveal_seconds: match value("reveal_seconds") {
                Some(ParameterValue::Number(seconds)) => {
                    i64::try_from(*seconds).unwrap_or(30).clamp(5, 600)
                }
                _ => 30,
            },
            idle_minutes: super::Policy::of(catalogue, day).idle_minutes,
            watermark: matches!(value("screen_watermark"), Some(ParameterValue::Bool(true))),
        }
    }
}

impl Engine {
    /// The settings of screens in force today.
    #[must_use]
    pub fn screen(&self) -> Screen {
        Screen::of(&self.catalogue(), kernel::time::business_date(self.now()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_catalogue_without_parameters_has_plain_screens() {
        let screen = Screen::of(&Catalogue::default(), "2026-01-31".parse().unwrap());
        let plain = Screen {
            reveal_reasons: Vec::new(),
            reveal_seconds: 30,
            idle_minutes: 15,
            watermark: false,
        };
        assert_eq!(screen, plain);
    }
}
