//! Random worlds of rows over the test catalogue, and the pools their values come from.

use std::sync::Arc;

use jiff::Timestamp;
use kernel::{Date, Decimal, Sensitive};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use uuid::Uuid;

use super::world::World;
use crate::catalogue::base;
use crate::expr::calendar::{DAY, from_days};
use crate::expr::targets;
use crate::{Catalogue, FieldType, ObjectIx, Slot, Value};

/// Texts that meet every rule: empty parts, quotes, spaces, Chinese, beyond 16 bits.
const TEXTS: [&str; 12] =
    ["a", "ab", "B", "王", "王芳", " x ", "　全 角　", "it's", "é", "ﬀ", "𠀀", "100%_"];
pub(super) const IDS: [&str; 4] =
    ["11010519491231002X", "440524188001010014", "110105200013310021", "123"];
const ROWS: [(&str, u128); 6] =
    [("user", 2), ("org_unit", 2), ("target", 3), ("thing", 3), ("item", 5), ("part", 4)];

/// Id of the `n`th row of the object at `ix`.
fn row_id(ix: ObjectIx, n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + (u128::from(ix.0) << 16) + n)
}

pub(super) fn ids_of(catalogue: &Catalogue, object: &str) -> Vec<Uuid> {
    let ix = catalogue.object(object).unwrap().0;
    let count = ROWS.iter().find(|(name, _)| *name == object).map_or(0, |(_, count)| *count);
    (0..count).map(|n| row_id(ix, n)).collect()
}

pub(super) fn date() -> BoxedStrategy<Date> {
    let ends = [19_782_i64, 19_783, 11_016, 20_453, 20_512];
    let days = prop_oneof![3 => -20_000_i64..30_000, 1 => select(ends.to_vec())];
    days.prop_map(|days| from_days(days).unwrap()).boxed()
}

pub(super) fn instant() -> BoxedStrategy<Timestamp> {
    let micros = -30_000 * DAY..30_000 * DAY;
    micros.prop_map(|micros| Timestamp::from_microsecond(micros).unwrap()).boxed()
}

pub(super) fn decimal(scale: u32) -> BoxedStrategy<Decimal> {
    let mantissa = prop_oneof![2 => -20_i64..20, 2 => -100_000_i64..100_000, 1 => -9_999_999_999_i64..9_999_999_999];
    mantissa.prop_map(move |mantissa| Decimal::new(mantissa, scale)).boxed()
}

pub(super) fn text() -> BoxedStrategy<Value> {
    select(TEXTS.to_vec()).prop_map(Value::text).boxed()
}

/// A world of a few rows of each object; the record to evaluate over is any `thing`.
pub fn world(catalogue: &Catalogue) -> BoxedStrategy<World> {
    let mut rows: Vec<BoxedStrategy<(ObjectIx, Vec<Value>)>> = Vec::new();
    for (object, count) in ROWS {
        let (ix, object) = catalogue.object(object).unwrap();
        for n in 0..count {
            let values: Vec<_> =
                object.slots().map(|(slot, _)| value(catalogue, ix, slot, n)).collect();
            rows.push(values.prop_map(move |values| (ix, values)).boxed());
        }
    }
    rows.prop_map(|rows| World { rows, shared: Vec::new() }).boxed()
}

fn maybe(present: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 3 => present].boxed()
}

fn list_of(items: Vec<Value>) -> BoxedStrategy<Value> {
    let count = items.len();
    let some = subsequence(items, 0..=count);
    some.prop_map(|items| if items.is_empty() { Value::Null } else { Value::List(items.into()) })
        .boxed()
}

fn value(catalogue: &Catalogue, ix: ObjectIx, slot: Slot, n: u128) -> BoxedStrategy<Value> {
    let object = catalogue.at(ix).unwrap();
    let field = object.at(slot).unwrap();
    let instants = instant().prop_map(Value::Instant).boxed();
    match slot {
        base::ID => return Just(Value::Id(row_id(ix, n))).boxed(),
        base::VERSION => return Just(Value::Number(Decimal::ONE)).boxed(),
        base::CREATED_AT | base::UPDATED_AT => return instants,
        _ => {}
    }
    let codes = |options: &crate::Name| {
        let items = catalogue.options[options].items.keys();
        items.map(|code| Value::text(code.as_str())).collect::<Vec<_>>()
    };
    let numbers = |scale: u8| decimal(u32::from(scale)).prop_map(Value::Number).boxed();
    let some = match &field.kind {
        FieldType::ChildTable { .. } | FieldType::Formula { .. } | FieldType::RollUp { .. } => {
            return Just(Value::Null).boxed();
        }
        FieldType::ResidentId if field.encrypted => {
            select(IDS.to_vec()).prop_map(|id| Value::Secret(Sensitive::new(Arc::from(id)))).boxed()
        }
        _ if field.encrypted => select(TEXTS.to_vec())
            .prop_map(|text| Value::Secret(Sensitive::new(Arc::from(text))))
            .boxed(),
        FieldType::ResidentId => select(IDS.to_vec()).prop_map(Value::text).boxed(),
        FieldType::Number { scale, .. }
        | FieldType::Money { scale, .. }
        | FieldType::Percent { scale, .. } => numbers(*scale),
        FieldType::Date => date().prop_map(Value::Date).boxed(),
        FieldType::DateTime => instants,
        FieldType::Boolean => any::<bool>().prop_map(Value::Bool).boxed(),
        FieldType::Select { options } | FieldType::Cascade { options } => {
            select(codes(options)).boxed()
        }
        FieldType::MultiSelect { options } => return list_of(codes(options)),
        FieldType::Tags => return list_of(TEXTS.into_iter().map(Value::text).collect()),
        FieldType::ManyToMany { to } => {
            let ids = ids_of(catalogue, to.as_str());
            return list_of(ids.into_iter().map(Value::Id).collect());
        }
        FieldType::Reference { .. } | FieldType::User | FieldType::OrgUnit => {
            return referred(catalogue, ix, slot, n);
        }
        FieldType::File { .. } => return Just(Value::Null).boxed(),
        _ => text(),
    };
    maybe(some)
}

/// A row that stands before this one, or none.
fn referred(catalogue: &Catalogue, ix: ObjectIx, slot: Slot, n: u128) -> BoxedStrategy<Value> {
    let to = targets(catalogue, catalogue.at(ix).unwrap(), slot);
    let mut all = Vec::new();
    for object in &to {
        let at = catalogue.object(object.as_str()).unwrap().0;
        for (i, id) in (0_u128..).zip(ids_of(catalogue, object.as_str())) {
            if at < ix || (at == ix && i < n) {
                let link = || Value::Link(object.clone(), id);
                all.push(if to.len() > 1 { link() } else { Value::Id(id) });
            }
        }
    }
    if all.is_empty() { Just(Value::Null).boxed() } else { maybe(select(all).boxed()) }
}
