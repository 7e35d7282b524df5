//! The institution's rules for passwords and sessions: dated parameters, with fallbacks for packs
//! that define none.

use kernel::Date;
use schema::Catalogue;
use schema::catalogue::ParameterValue;

use crate::{Engine, Violation};

/// Rules in force on a day. The parameter of each field has the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `password_length_min`, else 8.
    pub length_min: usize,
    /// `password_classes_min`, else 3 of upper case, lower case, digits and symbols.
    pub classes_min: usize,
    /// `password_days_max`, else 90; 0 means no end.
    pub days_max: i64,
    /// `password_history`, else 5; at most 5 are remembered besides the present one.
    pub history: usize,
    /// `password_first_login_change`, else true.
    pub first_change: bool,
    /// `login_failures_max`, else 5.
    pub failures_max: i64,
    /// `lockout_minutes`, else 30.
    pub lock_minutes: i64,
    /// `session_idle_minutes`, else 15.
    pub idle_minutes: i64,
    /// `session_hours_max`, else 12.
    pub hours_max: i64,
    /// `second_factor_roles`, else none.
    pub second_factor_roles: Vec<String>,
}

impl Policy {
    /// The rules of `catalogue` on `day`.
    #[must_use]
    pub fn of(catalogue: &Catalogue, day: Date) -> Policy {
        let value = |name: &str| catalogue.parameters.get(name).and_then(|p| p.on(day));
        let number = |name: &str, fallback: i64, least: i64, most: i64| match value(name) {
            Some(ParameterValue::Number(number)) => {
                i64::try_from(*number).unwrap_or(fallback).clamp(least, most)
            }
            _ => fallback,
        };
        let size = |name: &str, fallback: i64, least: i64, most: i64| {
            usize::try_from(number(name, fallback, least, most)).unwrap_or_default()
        };
        Policy {
            length_min: size("password_length_min", 8, 6, 64),
            classes_min: size("password_classes_min", 3, 1, 4),
            days_max: number("password_days_max", 90, 0, 3650),
            history: size("password_history", 5, 0, 5),
            first_change: !matches!(
                value("password_first_login_change"),
                Some(ParameterValue::Bool(false))
            ),
            failures_max: number("login_failures_max", 5, 1, 100),
            lock_minutes: number("lockout_minutes", 30, 1, 10_000),
            idle_minutes: number("session_idle_minutes", 15, 1, 1_440),
            hours_max: number("session_hours_max", 12, 1, 168),
            second_factor_roles: match value("second_factor_roles") {
                Some(ParameterValue::Texts(roles)) => roles.clone(),
                _ => Vec::new(),
            },
        }
    }
}

impl Engine {
    /// The rules in force today.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy::of(&self.catalogue(), kernel::time::business_date(self.now()))
    }
}

/// Everything wrong with a new password, at the request's member `field`.
#[must_use]
pub fn weaknesses(policy: &Policy, login: &str, field: &str, password: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    if password.chars().count() < policy.length_min {
        found.push(Violation::new(field, "too_short").with("min", policy.length_min.to_string()));
    }
    let classes: [fn(char) -> bool; 4] = [
        |c| c.is_uppercase(),
        |c| c.is_lowercase(),
        |c| c.is_numeric(),
        |c| !c.is_alphanumeric() && !c.is_control(),
    ];
    let held = classes.iter().filter(|class| password.chars().any(class)).count();
    if held < policy.classes_min {
        found.push(Violation::new(field, "classes").with("min", policy.classes_min.to_string()));
    }
    let lower = password.to_lowercase();
    if login.chars().count() >= 3 && lower.contains(&login.to_lowercase()) {
        found.push(Violation::new(field, "contains_login"));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_weak_password_is_told_everything_at_once() {
        let policy = Policy::of(&Catalogue::default(), "2026-01-31".parse().unwrap());
        let check = |password: &str, expected: &[&str]| {
            let found = weaknesses(&policy, "zhang.san", "new", password);
            let codes: Vec<&str> = found.iter().map(|v| v.code.as_str()).collect();
            assert_eq!(codes, expected, "{password}");
        };
        check("Abcdef-1", &[]);
        check("abc", &["too_short", "classes"]);
        check("Zhang.San-2026", &["contains_login"]);
        check("abcdefgh", &["classes"]);
    }
}
