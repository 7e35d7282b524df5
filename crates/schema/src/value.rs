//! A field's value in memory.
//!
//! Not serializable on purpose: only the read path's masked view may leave the engine.

use std::sync::Arc;

use kernel::{Date, Decimal, Instant, Sensitive};
use uuid::Uuid;

use crate::Name;

/// One value. What a field may hold is decided by its [`FieldType`](crate::FieldType).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing. Empty text and an empty list are also stored as this.
    Null,
    /// 是 / 否.
    Bool(bool),
    /// A number, percent (as a fraction: 12.5 % is `0.125`) or the amount of a money field.
    Number(Decimal),
    /// Text, an option's code, a region code, an automatic number.
    Text(Arc<str>),
    /// The plaintext of an encrypted field; prints as `***`.
    Secret(Sensitive<Arc<str>>),
    /// A civil date in Asia/Shanghai.
    Date(Date),
    /// A UTC instant.
    Instant(Instant),
    /// A record of the one object that the field refers to; a user; an org unit; a file.
    Id(Uuid),
    /// A record of one of several objects.
    Link(Name, Uuid),
    /// Options, tags (`Text`) or many-to-many targets (`Id`), in order, without repeats.
    List(Arc<[Value]>),
}

impl Value {
    /// Whether this counts as empty in expressions and for `required`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => false,
        }
    }

    /// Text value of anything that converts to shared text.
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }
}
