//! What an expression sees: the record at hand, and who asks when.
//!
//! Nothing is loaded here; a back end hands in what it has.

use kernel::{Date, Instant};
use uuid::Uuid;

use super::{Aggregate, Node, Path};
use crate::{Name, ObjectIx, Slot, Value};

/// Time, actor and parameters of one evaluation.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The business date.
    pub today: Date,
    /// The instant of the request.
    pub now: Instant,
    /// The user, unless the system acts.
    pub me: Option<Uuid>,
    /// Org units where the user holds a role.
    pub units: &'a [Uuid],
    /// Those and all below.
    pub subtree: &'a [Uuid],
    /// Dated business values.
    pub parameters: &'a dyn Parameters,
}

/// Where `param("name")` is looked up, on the business date.
pub trait Parameters: Sync {
    /// The value in force; `Value::Null` if there is none.
    fn get(&self, name: &Name) -> Value;
}

/// No parameter has a value.
#[derive(Debug, Clone, Copy)]
pub struct NoParameters;

impl Parameters for NoParameters {
    fn get(&self, _: &Name) -> Value {
        Value::Null
    }
}

/// The record an expression is over.
pub trait Record {
    /// Value of a field of this record, or of one reached through references; empty where a
    /// reference on the way is empty. `path.up` is 0 unless the record stands in an aggregate.
    fn field(&self, path: &Path) -> Value;

    /// An aggregate over the records that refer to this one.
    fn aggregate(&self, aggregate: &Aggregate) -> Value;

    /// Whether the record that `via` points to is of `object` and meets `condition`.
    fn reachable(&self, via: Slot, object: ObjectIx, condition: &Node) -> bool;

    /// Whether this record is shared with the actor and the share has not expired.
    fn shared(&self) -> bool;
}
