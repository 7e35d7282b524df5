//! How long records are kept, what reminds of their dates, and how a request of the person they are
//! about is answered.

use crate::Name;
use crate::catalogue::{Label, Object};
use crate::expr::Expr;

/// Why a record is kept, and until when.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Stable code, unique in its object.
    pub code: Name,
    /// What it is called.
    pub label: Label,
    /// Which records it is about (absent: every one).
    pub when: Option<Expr>,
    /// The last day; absent or empty: as long as `when` holds.
    pub until: Option<Expr>,
    /// Reference to the record as long as which it is kept, instead of a day.
    pub with: Option<Name>,
    /// Whether a mistaken record may be deleted nevertheless; an erasure heeds the rule all the same.
    pub deletable: bool,
}

/// A record that is made some days before a date.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// Stable code, unique in its object.
    pub code: Name,
    /// The date field.
    pub on: Name,
    /// Parameter: how many days before.
    pub days: Name,
    /// Which records it is about (absent: every one).
    pub when: Option<Expr>,
    /// Object of what is made.
    pub create: Name,
    /// Its values, as expressions over the record.
    pub values: Vec<(Name, Expr)>,
}

/// Records are requests of the persons and companies that the institution holds data about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Reference to whom it is about.
    pub subject: Name,
    /// Select field that says what is asked for.
    pub right: Name,
    /// Its options that are answered with everything held.
    pub dossier: Vec<String>,
    /// Its options that are answered by erasing, or by locking what must be kept.
    pub erase: Vec<String>,
    /// Select field with the request's state.
    pub status: Name,
    /// Its option in which a request can be answered.
    pub ready: String,
    /// File field for what is held, as data.
    pub data: Name,
    /// File field for the same in words.
    pub text: Name,
    /// Text field for what was done.
    pub outcome: Name,
}

fn source(expr: Option<&Expr>) -> Option<&str> {
    expr.map(|expr| &*expr.source)
}

/// Whether two objects keep and remind alike: expressions by their text.
pub(crate) fn same(before: &Object, after: &Object) -> bool {
    let retention = |a: &Retention, b: &Retention| {
        a.code == b.code
            && a.label == b.label
            && source(a.when.as_ref()) == source(b.when.as_ref())
            && source(a.until.as_ref()) == source(b.until.as_ref())
            && (&a.with, a.deletable) == (&b.with, b.deletable)
    };
    let reminder = |a: &Reminder, b: &Reminder| {
        let value = |(a, x): &(Name, Expr), (b, y): &(Name, Expr)| a == b && x.source == y.source;
        (&a.code, &a.on, &a.days, &a.create) == (&b.code, &b.on, &b.days, &b.create)
            && source(a.when.as_ref()) == source(b.when.as_ref())
            && a.values.len() == b.values.len()
            && a.values.iter().zip(&b.values).all(|(a, b)| value(a, b))
    };
    let (a, b) = (before, after);
    a.retentions.len() == b.retentions.len()
        && a.retentions.iter().zip(&b.retentions).all(|(a, b)| retention(a, b))
        && a.reminders.len() == b.reminders.len()
        && a.reminders.iter().zip(&b.reminders).all(|(a, b)| reminder(a, b))
}
