//! Measures over time: which there are, their values for a record, an owner or a unit, and what a
//! unit's value is made of.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use engine::Violation;
use engine::measures::{MeasureOf, MeasureQuery, PartsOf, Span};
use kernel::Date;
use kernel::time::business_date;
use serde_json::json;
use uuid::Uuid;

use super::body::Input;
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/measures", get(list))
        .route("/measures/{measure}", get(series))
        .route("/measures/{measure}/parts", get(parts))
        .route("/measures/check", post(check))
        .route("/bandings/{banding}/run", post(band))
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [] = reply::named(text.as_deref(), [])?;
    let measures = app.engine().measures(&caller.actor).await?;
    reply::ok(&json!({ "measures": measures }))
}

async fn series(
    State(app): State<App>,
    caller: Caller,
    At(measure): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let known = ["subject", "owner", "unit", "below", "from", "to", "by", "split", "average"];
    let [subject, owner, unit, below, from, to, by, split, average] =
        reply::named(text.as_deref(), known)?;
    let mut read = Read::default();
    let today = business_date(app.engine().now());
    let to = read.date("to", to).unwrap_or(today);
    let from = read.date("from", from).unwrap_or(Span::Year.start(to));
    let by = read.span(by);
    let below = read.flag("below", below).unwrap_or(true);
    let split = read.flag("split", split).unwrap_or(false);
    let average = read.flag("average", average).unwrap_or(false);
    let of = match (subject, owner, unit) {
        (Some(subject), None, None) => read.record(&subject),
        (None, Some(owner), None) => read.id("owner", &owner).map(MeasureOf::Owner),
        (None, None, Some(unit)) => read.id("unit", &unit).map(|id| MeasureOf::Unit(id, below)),
        (None, None, None) => Some(MeasureOf::All),
        _ => read.wrong("subject", "one_of"),
    };
    let Some(of) = read.end(of)? else { return Err(Problem::not_found()) };
    let query = MeasureQuery { measure, of, from, to, by, split, average };
    reply::ok(&app.engine().measure(&caller.actor, &query).await?)
}

async fn parts(
    State(app): State<App>,
    caller: Caller,
    At(measure): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [unit, owner, by, on] = reply::named(text.as_deref(), ["unit", "owner", "by", "on"])?;
    let mut read = Read::default();
    let day = read.date("on", on).unwrap_or(business_date(app.engine().now()));
    let unit = unit.map(|unit| read.id("unit", &unit).unwrap_or_default());
    let owner = owner.map(|owner| read.id("owner", &owner).unwrap_or_default());
    let of = match (owner, unit, by.as_deref()) {
        (Some(owner), unit, None | Some("subject")) => Some(PartsOf::Subjects(owner, unit)),
        (None, Some(unit), Some("owner")) => Some(PartsOf::Owners(unit)),
        (None, Some(unit), None | Some("unit")) => Some(PartsOf::Units(unit)),
        (None, None, None | Some("unit")) => Some(PartsOf::All),
        (None, None, Some("owner")) => read.wrong("unit", "required"),
        (None, _, Some("subject")) => read.wrong("owner", "required"),
        (Some(_), _, Some("unit" | "owner")) => read.wrong("owner", "one_of"),
        (_, _, Some(word)) => read.unknown("by", word, "unit, owner, subject"),
    };
    let Some(of) = read.end(of)? else { return Err(Problem::not_found()) };
    reply::ok(&app.engine().measure_parts(&caller.actor, &measure, of, day).await?)
}

async fn check(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["mend"])?;
    let mend = fields.flag("mend");
    fields.end()?;
    let job = app.engine().start_measure_check(&caller.actor, mend).await?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}

async fn band(
    State(app): State<App>,
    caller: Caller,
    At(banding): At<String>,
    Input { json, .. }: Input,
) -> Answer {
    let mut fields = Fields::of(json, &["preview"])?;
    let preview = fields.flag("preview");
    fields.end()?;
    let job = app.engine().start_banding(&caller.actor, &banding, preview).await?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}

/// Parameters as they are read, with what is wrong in them.
#[derive(Default)]
struct Read {
    violations: Vec<Violation>,
}

impl Read {
    fn wrong<T>(&mut self, name: &str, code: &str) -> Option<T> {
        self.violations.push(Violation::new(name, code).with("name", name));
        None
    }

    fn unknown<T>(&mut self, name: &str, word: &str, known: &str) -> Option<T> {
        let violation = Violation::new(name, "unknown_value").with("name", name);
        self.violations.push(violation.with("value", word).with("known", known));
        None
    }

    fn date(&mut self, name: &str, text: Option<String>) -> Option<Date> {
        match text?.parse() {
            Ok(date) => Some(date),
            Err(_) => self.wrong(name, "date"),
        }
    }

    fn id(&mut self, name: &str, text: &str) -> Option<Uuid> {
        match text.parse() {
            Ok(id) => Some(id),
            Err(_) => self.wrong(name, "format"),
        }
    }

    fn flag(&mut self, name: &str, text: Option<String>) -> Option<bool> {
        match text?.parse() {
            Ok(flag) => Some(flag),
            Err(_) => self.wrong(name, "format"),
        }
    }

    fn span(&mut self, text: Option<String>) -> Span {
        match text.as_deref() {
            None | Some("month") => Span::Month,
            Some("day") => Span::Day,
            Some("quarter") => Span::Quarter,
            Some("year") => Span::Year,
            Some(word) => self.unknown("by", word, "day, month, quarter, year").unwrap_or_default(),
        }
    }

    fn record(&mut self, text: &str) -> Option<MeasureOf> {
        let Some((object, id)) = text.split_once(':') else {
            return self.wrong("subject", "format");
        };
        Some(MeasureOf::Record(object.to_owned(), self.id("subject", id)?))
    }

    fn end<T>(self, read: Option<T>) -> Answer<Option<T>> {
        if self.violations.is_empty() { Ok(read) } else { Err(Problem::invalid(self.violations)) }
    }
}
