//! What stands in a file: headings and cells as texts, in the order in which columns were asked for.

use kernel::{Decimal, Instant};
use schema::expr::{Node, Path, say};
use schema::{Field, FieldType, Slot, Value, query};
use serde_json::Value as Json;

use crate::read::View;
use crate::read::plan::{Column, Plan};
use crate::write::Context;

impl Plan<'_> {
    /// Column headings in the actor's language.
    pub(crate) fn headings(&self, context: &Context<'_>) -> Vec<String> {
        let language = context.actor.language;
        let heading = |column: &Column| match column {
            Column::Own(slot) => {
                let field = self.object.at(*slot);
                field.map(|field| field.label.get(language).to_owned())
            }
            Column::Far(at) => {
                let (name, _, _) = self.far.get(*at)?;
                let path = self.far_path(context, name).map(Node::Field);
                let said = path.map(|path| say(&path, context.catalogue, language, &|_| None));
                Some(said.unwrap_or_else(|| name.clone()))
            }
        };
        self.columns.iter().filter_map(heading).collect()
    }

    fn far_path(&self, context: &Context<'_>, name: &str) -> Option<Path> {
        query::path(context.catalogue, self.object_ix, name).ok()
    }

    /// Texts of a row as its masked view allows.
    pub(crate) fn texts(&self, context: &Context<'_>, row: &[Value], record: &View) -> Vec<String> {
        let text = |column: &Column| match column {
            Column::Own(slot) => self.own_text(context, row, record, *slot),
            Column::Far(at) => {
                let (name, _, _) = self.far.get(*at)?;
                Some(self.far_text(context, record, name).unwrap_or_default())
            }
        };
        self.columns.iter().filter_map(text).collect()
    }

    fn own_text(
        &self,
        context: &Context<'_>,
        row: &[Value],
        record: &View,
        slot: Slot,
    ) -> Option<String> {
        let field = self.object.at(slot)?;
        let value = row.get(self.slots.iter().position(|other| *other == slot)?)?;
        let name = field.name.as_str();
        Some(match (record.get(name), record.title(name)) {
            (None, _) => String::new(),
            (Some(shown), _) if record.is_masked(name) => {
                shown.as_str().unwrap_or_default().to_owned()
            }
            (Some(_), Some(title)) => title.to_owned(),
            (Some(_), None) => field.to_text(value, context.catalogue, context.actor.language),
        })
    }

    fn far_text(&self, context: &Context<'_>, record: &View, name: &str) -> Option<String> {
        let shown = record.get(name)?;
        let path = self.far_path(context, name)?;
        let field = context.catalogue.at(path.object)?.at(path.slot)?;
        if record.is_masked(name) {
            return shown.as_str().map(str::to_owned);
        }
        let value = value_of(field, &shown);
        Some(field.to_text(&value, context.catalogue, context.actor.language))
    }
}

/// A value as its field has it, from how a view shows it.
fn value_of(field: &Field, shown: &Json) -> Value {
    match (shown, &field.kind) {
        (Json::Null, _) => Value::Null,
        (Json::Bool(flag), _) => Value::Bool(*flag),
        (Json::Number(number), _) => number_of(&number.to_string()),
        (Json::Object(map), FieldType::Money { .. }) => {
            map.get("amount").and_then(Json::as_str).map_or(Value::Null, number_of)
        }
        (Json::Object(map), _) => {
            map.get("id").and_then(Json::as_str).map_or(Value::Null, Value::text)
        }
        (Json::Array(items), _) => {
            Value::List(items.iter().map(|item| value_of(field, item)).collect())
        }
        (Json::String(text), FieldType::Number { .. } | FieldType::Percent { .. }) => {
            number_of(text)
        }
        (Json::String(text), FieldType::DateTime) => {
            text.parse::<Instant>().map_or_else(|_| Value::text(text.as_str()), Value::Instant)
        }
        (Json::String(text), _) => Value::text(text.as_str()),
    }
}

fn number_of(text: &str) -> Value {
    text.parse::<Decimal>().map_or_else(|_| Value::text(text), Value::Number)
}
