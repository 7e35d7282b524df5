//! The instant of a request and what follows from it: business date and parameters in force.

use std::sync::Arc;

use kernel::{Date, Instant};
use schema::catalogue::ParameterValue;
use schema::expr::{Env, Parameters};
use schema::{Catalogue, Name, Value};

use crate::Actor;

/// Taken once at the start of a request; everything in it sees the same time.
pub(crate) struct Moment {
    pub now: Instant,
    pub today: Date,
    catalogue: Arc<Catalogue>,
}

impl Moment {
    pub fn new(catalogue: Arc<Catalogue>, now: Instant) -> Moment {
        Moment { now, today: kernel::time::business_date(now), catalogue }
    }

    /// What expressions see when `actor` asks.
    pub fn env<'a>(&'a self, actor: &'a Actor) -> Env<'a> {
        Env {
            today: self.today,
            now: self.now,
            me: Some(actor.user()),
            units: &actor.rights().units,
            subtree: &actor.rights().subtree,
            parameters: self,
        }
    }
}

impl Parameters for Moment {
    fn get(&self, name: &Name) -> Value {
        let parameter = self.catalogue.parameters.get(name);
        parameter.and_then(|p| p.on(self.today)).map_or(Value::Null, value_of)
    }
}

fn value_of(parameter: &ParameterValue) -> Value {
    match parameter {
        ParameterValue::Number(number) => Value::Number(*number),
        ParameterValue::Text(text) => Value::text(text.as_str()),
        ParameterValue::Bool(flag) => Value::Bool(*flag),
        ParameterValue::Date(date) => Value::Date(*date),
        ParameterValue::Texts(texts) => {
            Value::List(texts.iter().map(|text| Value::text(text.as_str())).collect())
        }
    }
}
