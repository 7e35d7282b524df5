//! `jinyao show`: a record's page in the terminal.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use engine::{Engine, Overview, RelatedRecords, ShownHint, TimelineEntry, View};
use schema::catalogue::Language;
use schema::field::CurrencySource;
use schema::query::Query;
use schema::{Catalogue, Field, FieldType, Object};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Tongue, acting, refused, say};
use crate::config::Config;
use crate::start::{self, Trouble};

/// Which record, seen by whom.
#[derive(Debug, Args)]
pub struct Show {
    /// Object of the record.
    object: String,
    /// Its id, or words that find it: its title, or a number it is known by.
    record: String,
    /// Login of the user who looks; by default the platform itself.
    #[arg(long = "as")]
    login: Option<String>,
    /// Arrangement of the page; by default the user's own.
    #[arg(long)]
    layout: Option<String>,
    /// Language of labels.
    #[arg(long, value_enum, default_value_t = Tongue::Zh)]
    language: Tongue,
}

/// Prints a record's page.
pub async fn run(show: Show, config: &Config) -> Result<ExitCode, Trouble> {
    let engine = start::open(config).await?;
    let done = page(&engine, &show).await;
    engine.store().db().close().await?;
    say(&done?);
    Ok(ExitCode::SUCCESS)
}

async fn page(engine: &Engine, show: &Show) -> Result<String, Trouble> {
    let language: Language = show.language.into();
    let actor = acting(engine, show.login.as_deref(), show.language).await?;
    let told = |error| refused(engine, error, &show.object, language);
    let id = match show.record.parse::<Uuid>() {
        Ok(id) => id,
        Err(_) => {
            let query = Query {
                search: Some(show.record.clone()),
                columns: vec!["id".into()],
                limit: 2,
                ..Query::of(&show.object)
            };
            let found = engine.query(&actor, &query).await.map_err(told)?;
            match found.records.unwrap_or_default().as_slice() {
                [only] => only.id,
                [first, ..] => first.id,
                [] => return Err(Trouble(format!("nothing is found by `{}`", show.record))),
            }
        }
    };
    let page = engine.overview(&actor, &show.object, id, show.layout.as_deref()).await;
    let page = page.map_err(told)?;
    let catalogue = engine.catalogue();
    Ok(Printer { catalogue: &catalogue, language, text: String::new() }.print(&page))
}

/// Widest value of a table's cell.
const CELL: usize = 24;

struct Printer<'a> {
    catalogue: &'a Catalogue,
    language: Language,
    text: String,
}

impl Printer<'_> {
    fn both(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn print(mut self, page: &Overview) -> String {
        let Some((_, object)) = self.catalogue.object(page.record.object.as_str()) else {
            return String::new();
        };
        let title = page.title.as_ref().and_then(Json::as_str).unwrap_or("—").to_owned();
        let layout = page.layout.as_ref().map(|layout| layout.label.clone()).unwrap_or_default();
        self.line(&format!("═══ {title} · {} · {layout} ═══", object.label.get(self.language)));
        self.fields(object, &page.record, &page.highlights);
        for list in &page.completeness {
            let share = list.share.as_str().and_then(|text| text.parse().ok());
            let share = share.map_or_else(|| "—".to_owned(), percent);
            let missing: Vec<&str> = list.missing.iter().map(|item| item.label.as_str()).collect();
            let lacking = match missing.is_empty() {
                true => String::new(),
                false => format!("  {}{}", self.both("缺：", "missing: "), missing.join("、")),
            };
            self.line(&format!("{} {share}{lacking}", list.label));
        }
        for hint in &page.warnings {
            self.hint("⚠", hint);
        }
        for hint in &page.suggestions {
            self.hint("→", hint);
        }
        for section in &page.sections {
            self.line("");
            self.line(&format!("── {} ──", section.label));
            self.fields(object, &page.record, &section.fields);
            for measure in &section.measures {
                self.measure(measure);
            }
            for list in section.lists.iter().filter(|list| !list.records.is_empty()) {
                self.list(list);
            }
            for entry in section.timeline.iter().flat_map(|timeline| &timeline.entries) {
                self.entry(entry);
            }
        }
        self.text
    }

    fn hint(&mut self, mark: &str, hint: &ShownHint) {
        let reason = match &hint.reason {
            Some(reason) => format!("（{reason}）"),
            None => String::new(),
        };
        self.line(&format!("{mark} {}{reason}", hint.message));
    }

    fn fields(&mut self, object: &Object, record: &View, names: &[schema::Name]) {
        let mut row = String::new();
        for name in names {
            let Some((_, field)) = object.field(name.as_str()) else { continue };
            let value = self.value(record, field);
            if value.is_empty() {
                continue;
            }
            let cell = format!("{}：{value}", field.label.get(self.language));
            if !row.is_empty() && width(&row) + width(&cell) > 96 {
                self.line(&row);
                row.clear();
            }
            let gap = if row.is_empty() { "" } else { "   " };
            let _ = write!(row, "{gap}{cell}");
        }
        if !row.is_empty() {
            self.line(&row);
        }
    }

    /// A field's value as people read it.
    fn value(&self, record: &View, field: &Field) -> String {
        let name = field.name.as_str();
        if let Some(title) = record.title(name) {
            return title.to_owned();
        }
        record.get(name).map(|json| self.shown(field, &json)).unwrap_or_default()
    }

    fn shown(&self, field: &Field, json: &Json) -> String {
        match (json, &field.kind) {
            (Json::Null, _) => String::new(),
            (Json::Bool(true), _) => self.both("是", "yes").to_owned(),
            (Json::Bool(false), _) => self.both("否", "no").to_owned(),
            (
                Json::String(code),
                FieldType::Select { options }
                | FieldType::MultiSelect { options }
                | FieldType::Cascade { options },
            ) => self.option(options, code),
            (Json::String(text), FieldType::Percent { .. }) => {
                text.parse().map_or_else(|_| text.clone(), percent)
            }
            (Json::String(text), FieldType::DateTime) => local(text),
            (Json::String(amount), FieldType::RollUp { object, value: Some(value), .. }) => {
                let currency = self.currency(object.as_str(), value.as_str());
                currency
                    .map_or_else(|| amount.clone(), |unit| format!("{} {unit}", grouped(amount)))
            }
            (Json::String(text), _) => text.replace('\n', " "),
            (Json::Object(amount), _) => {
                let part = |key: &str| amount.get(key).and_then(Json::as_str).unwrap_or_default();
                format!("{} {}", grouped(part("amount")), part("currency")).trim().to_owned()
            }
            (Json::Array(items), _) => {
                let all: Vec<String> = items.iter().map(|item| self.shown(field, item)).collect();
                all.join("、")
            }
            (other, _) => other.to_string(),
        }
    }

    /// The one currency of a field's amounts.
    fn currency(&self, object: &str, field: &str) -> Option<String> {
        let (_, object) = self.catalogue.object(object)?;
        match &object.field(field)?.1.kind {
            FieldType::Money { currency: CurrencySource::Fixed(currency), .. } => {
                Some(currency.to_string())
            }
            _ => None,
        }
    }

    fn option(&self, set: &schema::Name, code: &str) -> String {
        let item = self.catalogue.options.get(set).and_then(|set| set.items.get(code));
        item.map_or_else(|| code.to_owned(), |item| item.label.get(self.language).to_owned())
    }

    fn measure(&mut self, measure: &engine::Measured) {
        let unit = measure.currency.as_deref().unwrap_or_default();
        let number = |json: Option<&Json>| grouped(json.and_then(Json::as_str).unwrap_or("—"));
        let Some(groups) = &measure.groups else {
            let value = number(measure.value.as_ref());
            return self.line(&format!("{}：{value} {unit}", measure.label));
        };
        if groups.is_empty() {
            return;
        }
        let each: Vec<String> = groups
            .iter()
            .map(|group| {
                let key = group.keys.iter().next();
                let key = key.map(|(path, key)| self.key(&measure.from, path, key));
                let value = number(group.measures.get("value"));
                format!("{} {value}", key.unwrap_or_default())
            })
            .collect();
        self.line(&format!("{}（{unit}）：{}", measure.label, each.join("，")));
    }

    /// A group's key as people read it: the label of an option.
    fn key(&self, from: &str, path: &str, key: &Json) -> String {
        let object = from.split('.').next().unwrap_or_default();
        let found = self.catalogue.object(object).and_then(|(ix, _)| {
            let path = schema::query::path(self.catalogue, ix, path).ok()?;
            self.catalogue.at(path.object)?.at(path.slot)
        });
        match found {
            Some(field) => self.shown(field, key),
            None => key.to_string(),
        }
    }

    fn list(&mut self, list: &RelatedRecords) {
        let Some((_, object)) = self.catalogue.object(list.object.as_str()) else { return };
        let more = if list.count.more { "+" } else { "" };
        self.line(&format!("· {}（{}{more}）", list.label, list.count.rows));
        let fields: Vec<&Field> = list
            .columns
            .iter()
            .filter_map(|name| object.field(name.as_str()).map(|(_, field)| field))
            .collect();
        let mut rows =
            vec![fields.iter().map(|field| field.label.get(self.language).to_owned()).collect()];
        for record in &list.records {
            rows.push(fields.iter().map(|field| self.value(record, field)).collect::<Vec<_>>());
        }
        self.table(&rows);
    }

    fn table(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |at: usize| {
            rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell).min(CELL)).max()
        };
        let widths: Vec<usize> = (0..columns).map(|at| widest(at).unwrap_or(0)).collect();
        for row in rows {
            let mut line = String::from("  ");
            for (cell, wide) in row.iter().zip(&widths) {
                let cut = fit(cell, CELL);
                let pad = wide.saturating_sub(width(&cut));
                let _ = write!(line, "{cut}{}  ", " ".repeat(pad));
            }
            self.line(&line);
        }
    }

    fn entry(&mut self, entry: &TimelineEntry) {
        let at = entry.on.clone().unwrap_or_else(|| local(&entry.at));
        let found = self.catalogue.object(entry.object.as_str());
        let Some((_, object)) = found else { return };
        let (label, what) = match (&entry.change, &entry.record) {
            (Some(change), _) => {
                let each: Vec<String> = change
                    .fields
                    .iter()
                    .filter_map(|changed| {
                        let (_, field) = object.field(changed.field.as_str())?;
                        let shown = |value: &Option<Json>, title: &Option<String>| {
                            let plain = || value.as_ref().map(|value| self.shown(field, value));
                            title.clone().or_else(plain).unwrap_or_default()
                        };
                        let from = shown(&changed.from, &changed.from_title);
                        let to = shown(&changed.to, &changed.to_title);
                        let values = if from.is_empty() && to.is_empty() {
                            String::new()
                        } else {
                            format!(" {from}→{to}")
                        };
                        Some(format!("{}{values}", field.label.get(self.language)))
                    })
                    .collect();
                let by = change.by_title.clone().unwrap_or_default();
                let made = self.both("建档", "record made");
                let what = if each.is_empty() { made.to_owned() } else { each.join("，") };
                (self.both("资料变更", "change").to_owned(), format!("{what} {by}"))
            }
            (None, Some(record)) => {
                let timeline = object.timeline.as_ref();
                let label = timeline.and_then(|t| t.label.as_ref()).unwrap_or(&object.label);
                let title = entry.title.as_ref().and_then(Json::as_str).unwrap_or_default();
                let shown = timeline.map(|t| t.fields.as_slice()).unwrap_or_default().iter();
                let values: Vec<String> = shown
                    .filter_map(|name| object.field(name.as_str()))
                    .map(|(_, field)| fit(&self.value(record, field), CELL))
                    .filter(|value| !value.is_empty())
                    .take(4)
                    .collect();
                let what = format!("{title}  {}", values.join(" · "));
                (label.get(self.language).to_owned(), what)
            }
            _ => return,
        };
        self.line(&format!("{at}  [{label}] {what}"));
    }
}

/// Columns that a text takes in a terminal: ideographs and full-width marks take two.
fn width(text: &str) -> usize {
    let wide = |letter: char| matches!(u32::from(letter), 0x1100..=0x115f | 0x2e80..=0xffe6);
    text.chars().map(|letter| if wide(letter) { 2 } else { 1 }).sum()
}

/// As much of a text as fits into so many columns.
fn fit(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if width(&cut) + 3 > most {
            break;
        }
        cut.push(letter);
    }
    cut.push('…');
    cut
}

/// An amount with its thousands apart.
fn grouped(amount: &str) -> String {
    let (sign, rest) = amount.strip_prefix('-').map_or(("", amount), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(a, b)| (a, Some(b)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return amount.to_owned();
    }
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        let _ = write!(out, ".{fraction}");
    }
    out
}

fn percent(share: kernel::Decimal) -> String {
    format!("{}%", (share * kernel::Decimal::ONE_HUNDRED).normalize())
}

/// An instant as the clock on the wall shows it.
fn local(text: &str) -> String {
    let shown = |at: kernel::Instant| {
        let time = kernel::time::shanghai_time(at);
        format!("{} {:02}:{:02}", time.date(), time.hour(), time.minute())
    };
    text.parse().map_or_else(|_| text.to_owned(), shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_thousands() {
        let check = |amount: &str, expected: &str| assert_eq!(grouped(amount), expected);
        check("1234567.80", "1,234,567.80");
        check("-1000", "-1,000");
        check("999", "999");
        check("******", "******");
    }

    #[test]
    fn a_long_text_is_cut_where_the_column_ends() {
        assert_eq!(fit("王一", 4), "王一");
        assert_eq!(fit("中国工商银行股份有限公司", 12), "中国工商银…");
        assert!(width(&fit("中国工商银行股份有限公司", 12)) <= 12);
    }
}
