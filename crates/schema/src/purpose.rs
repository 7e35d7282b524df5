//! Purposes: what an institution reaches out to people for, and what must hold for each of them.

use crate::Name;
use crate::catalogue::{Catalogue, Label, ParameterValue};
use crate::expr::Expr;
use kernel::Date;

/// A use of records that not every record is open to, such as marketing by text message.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// Name used in `permitted_for`.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// Parameters that hold the hours of rest: from and until, as `21:00`.
    pub quiet: Option<(Name, Name)>,
    /// What must hold, in order: the first that does not is the reason.
    pub checks: Vec<Check>,
}

/// One condition of a purpose, over the records of one object.
#[derive(Debug, Clone)]
pub struct Check {
    /// The object.
    pub object: Name,
    /// Stable code, unique for the object in its purpose.
    pub code: Name,
    /// Must be true; empty is not.
    pub must: Expr,
    /// Why not, when it does not hold.
    pub message: Label,
}

impl Purpose {
    /// The checks over records of `object`.
    pub fn checks_of<'a>(&'a self, object: &'a Name) -> impl Iterator<Item = &'a Check> + 'a {
        self.checks.iter().filter(move |check| check.object == *object)
    }

    /// The hours of rest on `day`, as texts.
    #[must_use]
    pub fn quiet_on<'a>(&self, catalogue: &'a Catalogue, day: Date) -> Option<(&'a str, &'a str)> {
        let (from, until) = self.quiet.as_ref()?;
        let text = |name: &Name| match catalogue.parameters.get(name)?.on(day)? {
            ParameterValue::Text(text) => Some(text.as_str()),
            _ => None,
        };
        Some((text(from)?, text(until)?))
    }

    /// Whether `clock` (`08:30`) lies in the hours of rest, which may go over midnight.
    #[must_use]
    pub fn rests_at(quiet: (&str, &str), clock: &str) -> bool {
        let (from, until) = quiet;
        if from <= until { clock >= from && clock < until } else { clock >= from || clock < until }
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose;

    #[test]
    fn hours_of_rest_go_over_midnight() {
        let check =
            |quiet, clock, rests| assert_eq!(Purpose::rests_at(quiet, clock), rests, "{clock}");
        let night = ("21:00", "09:00");
        for (clock, rests) in [("20:59", false), ("21:00", true), ("00:00", true), ("09:00", false)]
        {
            check(night, clock, rests);
        }
        let noon = ("12:00", "14:00");
        for (clock, rests) in [("11:59", false), ("12:00", true), ("14:00", false)] {
            check(noon, clock, rests);
        }
    }
}
