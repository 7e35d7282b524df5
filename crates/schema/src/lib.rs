//! Definitions: what an institution's business looks like, as data.
//!
//! Holds objects, fields, layouts, views, roles and parameters (the [`Catalogue`]), the one
//! expression language ([`expr`]), the shape of a [`Query`](query), and the pack files they come
//! from. Pure: no I/O beyond parsing bytes handed in, no SQL, no clock.

pub mod catalogue;
pub mod diff;
pub mod edge;
pub mod expr;
pub mod field;
pub mod json_schema;
pub mod keeping;
pub mod kept;
pub mod matching;
pub mod measure;
pub mod name;
pub mod pack;
pub mod purpose;
pub mod query;
pub mod value;

pub use catalogue::{Catalogue, Object, ObjectIx, Slot};
pub use field::{Field, FieldType};
pub use name::Name;
pub use query::Query;
pub use value::Value;
