//! What one record adds to a measure. Pure.

use std::sync::Arc;

use kernel::decimal::{round_half_up, to_scaled};
use kernel::{Date, Decimal};
use schema::expr::{Env, Expr};
use schema::measure::{Carrier, Dating, Measure, MeasureSource};
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use crate::Error;
use crate::write::{Facts, Known, id_of, targets};

/// A record as a measure sees it.
#[derive(Clone, Copy)]
pub(super) struct Image<'a> {
    pub catalogue: &'a Catalogue,
    pub object: ObjectIx,
    pub values: &'a [Value],
    pub env: &'a Env<'a>,
}

/// What a record adds, to which carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Added {
    pub carrier: Uuid,
    /// The day in the source's date field, when it has one.
    pub day: Option<Date>,
    pub amount: i64,
}

impl Image<'_> {
    fn facts(&self) -> Facts<'_> {
        Facts::new(self.catalogue, self.object, self.values, self.env, Known::default())
    }

    fn eval(&self, expr: &Expr) -> Value {
        expr.root.eval(&self.facts(), self.env)
    }

    /// The date in a field.
    pub fn date(&self, slot: Slot) -> Option<Date> {
        match self.values.get(usize::from(slot.0)) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        }
    }

    /// What it adds through `source`; nothing when it does not count.
    pub fn adds(&self, measure: &Measure, source: &MeasureSource) -> Result<Option<Added>, Error> {
        if source.when.as_ref().is_some_and(|when| !self.facts().holds(&when.root)) {
            return Ok(None);
        }
        let Value::Number(amount) = self.eval(&source.amount) else { return Ok(None) };
        let carrier = match source.via {
            None => id_of(self.values),
            Some(via) => match self.reference(via) {
                Some((_, carrier)) => carrier,
                None => return Ok(None),
            },
        };
        let day = match source.dating {
            Dating::Written => None,
            Dating::AsOf(slot) => self.date(slot),
            // A movement without a day does not lie anywhere.
            Dating::On(slot) => match self.date(slot) {
                Some(day) => Some(day),
                None => return Ok(None),
            },
        };
        let amount = scaled(measure, amount)?;
        Ok((amount != 0).then_some(Added { carrier, day, amount }))
    }

    /// Where a reference points to.
    pub fn reference(&self, slot: Slot) -> Option<(ObjectIx, Uuid)> {
        let value = self.values.get(usize::from(slot.0))?;
        targets(self.catalogue, self.object, slot, value).pop()
    }

    /// The class of a carrier.
    pub fn class(&self, carrier: &Carrier) -> Arc<str> {
        match carrier.class.as_ref().map(|class| self.eval(class)) {
            Some(Value::Text(text)) => text,
            _ => Arc::from(""),
        }
    }
}

/// An amount as the ledger keeps it, rounded half up at the measure's scale.
fn scaled(measure: &Measure, amount: Decimal) -> Result<i64, Error> {
    let scale = u32::from(measure.scale);
    to_scaled(round_half_up(amount, scale), scale)
        .map_err(|error| Error::Internal(format!("measure `{}`: {error}", measure.name)))
}
