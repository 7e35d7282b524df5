//! How each exit is tried.

use engine::export::{ExportFormat, ExportRequest};
use engine::import::{ImportJob, Mode, Task};
use engine::{Change, Command, Error, Idempotency, Refusal};
use schema::catalogue::{Access, Action, base};
use schema::field::{SearchKind, Storage};
use schema::query::{GroupKey, Measure, MeasureFn, Query, Sort};
use schema::{Field, FieldType, Object, Slot};
use serde_json::{Map, Value as Json, json};

use super::Watch;
use super::exit::Exit;
use super::plant::{Planted, granted};
use super::twins;
use crate::samples;

/// What came out, and what was let through that should have been refused.
pub type Said = (Vec<String>, Vec<String>);

/// Goes through one exit with everything planted.
pub async fn through(exit: Exit, watch: &Watch<'_>) -> Said {
    let mut said = (Vec::new(), Vec::new());
    let objects = watch.garden.records.iter().filter(|planted| first(watch, planted));
    match exit {
        Exit::Log => log(watch, &mut said).await,
        Exit::Outbox => outbox(watch, &mut said).await,
        Exit::Logging => said.0.extend(super::ear::heard()),
        Exit::Measured => super::measured::through(watch, &mut said).await,
        Exit::List | Exit::Columns | Exit::Csv | Exit::Workbook => {
            for planted in objects {
                lists(exit, watch, planted, &mut said).await;
            }
        }
        Exit::Filter | Exit::Order | Exit::Search => {
            for planted in objects {
                conditions(exit, watch, planted, &mut said).await;
            }
        }
        Exit::Binned | Exit::Locked => {
            for planted in objects {
                gone(exit, watch, planted, &mut said).await;
            }
        }
        Exit::Pairs => {
            for planted in objects {
                twins::pairs(watch, planted, &mut said).await;
            }
        }
        Exit::Merged => {
            for planted in &watch.garden.records {
                twins::merged(watch, planted, &mut said).await;
            }
        }
        Exit::Duplicates => {
            for planted in &watch.garden.records {
                twins::duplicates(watch, planted, &mut said).await;
            }
        }
        Exit::ImportErrors => {
            for planted in objects {
                import(watch, planted, &mut said).await;
            }
        }
        Exit::Get
        | Exit::Page
        | Exit::Timeline
        | Exit::Graph
        | Exit::Created
        | Exit::Updated
        | Exit::Stale
        | Exit::Refused
        | Exit::Replayed
        | Exit::Shared
        | Exit::Revealed
        | Exit::Attached
        | Exit::History => {
            for planted in &watch.garden.records {
                records(exit, watch, planted, &mut said).await;
            }
        }
    }
    said
}

/// Whether it is the first planted record of its object.
fn first(watch: &Watch<'_>, planted: &Planted) -> bool {
    let same = watch.garden.records.iter().find(|other| other.ix == planted.ix);
    same.is_some_and(|other| other.id == planted.id)
}

/// The recycle bin, or what is locked.
async fn gone(exit: Exit, watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let (engine, actor, object) = (watch.engine(), &watch.actor, planted.object.as_str());
    match exit {
        Exit::Binned => tell(said, engine.bin(actor, object, None, 200).await, json_of),
        _ => tell(said, engine.locked(actor, object, None, 200).await, json_of),
    }
}

pub fn tell<T>(said: &mut Said, result: Result<T, Error>, text: impl Fn(&T) -> String) {
    match result {
        Ok(found) => said.0.push(text(&found)),
        Err(error @ Error::Refused(_)) => said.0.push(refusal(&error)),
        Err(other) => said.1.push(format!("failed: {other}")),
    }
}

pub fn refusal(error: &Error) -> String {
    match error {
        Error::Refused(Refusal::Stale { record: Some(record), .. }) => {
            format!("{error} {}", serde_json::to_string(record).unwrap())
        }
        other => format!("{other} {other:?}"),
    }
}

pub fn json_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

async fn records(exit: Exit, watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let (engine, actor) = (watch.engine(), &watch.actor);
    let catalogue = engine.catalogue();
    let definition = catalogue.at(planted.ix).unwrap();
    let (object, id) = (planted.object.clone(), planted.id);
    let update = |version, values| Change::Update { object: object.clone(), id, version, values };
    let command = match exit {
        Exit::Get => {
            let got = engine.get(actor, object.as_str(), id, true).await;
            tell(said, got, json_of);
            let got = engine.get_permitted(actor, object.as_str(), id, true).await;
            return tell(said, got, json_of);
        }
        Exit::Page => return page(watch, planted, said).await,
        Exit::Timeline => return timeline(watch, planted, said).await,
        Exit::History => {
            let got = engine.history(actor, object.as_str(), id, (None, 100)).await;
            let bodies = |entries: &Vec<store::audit::StoredEntry>| {
                entries.iter().map(|e| String::from_utf8_lossy(&e.body).into_owned()).collect()
            };
            return tell(said, got, bodies);
        }
        Exit::Graph => return super::graph::graph(watch, planted, said).await,
        Exit::Revealed => return reveals(watch, planted, said).await,
        Exit::Attached => return super::files::through(watch, planted, said).await,
        Exit::Created => {
            let values = sample(watch, definition);
            Command::from(Change::Create { object: object.clone(), id: None, values })
        }
        Exit::Updated => update(None, writable(watch, definition, planted)).into(),
        Exit::Replayed => {
            let idempotency =
                Idempotency { key: format!("{}-{id}", watch.role.name), fingerprint: [7; 32] };
            let values = writable(watch, definition, planted);
            let twice = Command { idempotency: Some(idempotency), ..update(None, values).into() };
            drop(engine.submit(actor, twice.clone()).await);
            twice
        }
        Exit::Stale => update(Some(999), Map::new()).into(),
        Exit::Refused => {
            let wrong = |field: &Field| (field.name.to_string(), json!({ "wrong": [1] }));
            let values = definition.fields.values().map(wrong).collect();
            tell(said, engine.submit(actor, update(None, values).into()).await, |o| {
                json_of(&o.view)
            });
            let values = definition.fields.values().map(|f| (f.name.to_string(), Json::Null));
            update(None, values.collect()).into()
        }
        Exit::Shared => {
            let until = Some("2027-01-01T00:00:00Z".parse().unwrap());
            let user = watch.garden.stranger;
            Change::Share { object: object.clone(), id, user, until }.into()
        }
        other => panic!("{other:?} is not about one record"),
    };
    tell(said, engine.submit(actor, command).await, |o| format!("{} {o:?}", json_of(&o.view)));
}

/// Everything on a record's timeline, and what was in each of its fields.
async fn timeline(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let (engine, object) = (watch.engine(), planted.object.as_str());
    let (kinds, cursor) = (Vec::new(), None);
    let query = engine::TimelineQuery { kinds, from: None, until: None, cursor, limit: 50 };
    tell(said, engine.timeline(&watch.actor, object, planted.id, &query).await, json_of);
    let catalogue = engine.catalogue();
    for (slot, _) in &planted.marks {
        let field = catalogue.at(planted.ix).unwrap().at(*slot).unwrap().name.to_string();
        let got = engine.field_history(&watch.actor, object, planted.id, &field).await;
        tell(said, got, json_of);
    }
}

/// Every page a record has: each arrangement of its object.
async fn page(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let catalogue = watch.engine().catalogue();
    let own = catalogue.layouts.values().filter(|layout| layout.object == planted.object);
    let names = own.map(|layout| Some(layout.name.as_str())).chain([None]);
    for layout in names {
        let object = planted.object.as_str();
        let got = watch.engine().overview(&watch.actor, object, planted.id, layout).await;
        tell(said, got, json_of);
    }
}

/// A value for a field that the role may write: harmless, so that the outcome shows the record.
fn plain(definition: &Field, catalogue: &schema::Catalogue) -> Option<Json> {
    Some(match &definition.kind {
        FieldType::Text { .. } | FieldType::LongText { .. } => json!("普通"),
        FieldType::Number { .. } | FieldType::Percent { .. } => json!("1"),
        FieldType::Money { .. } => json!({ "amount": "1.00", "currency": "CNY" }),
        FieldType::Date => json!("2020-02-02"),
        FieldType::Boolean => json!(false),
        FieldType::Select { options } => {
            json!(catalogue.options.get(options)?.items.keys().next()?)
        }
        _ => return None,
    })
}

fn writable(watch: &Watch<'_>, object: &Object, planted: &Planted) -> Map<String, Json> {
    let catalogue = watch.engine().catalogue();
    let role = (&*catalogue, watch.role);
    let field = object.fields.values().find(|field| {
        let most = granted(role, &object.name, field, Action::Update, Some(planted.place));
        let free = !field.read_only && !field.unique && field.level < 3;
        let text = matches!(field.kind, FieldType::Text { .. } | FieldType::LongText { .. });
        most == Access::Write && free && text
    });
    let value = field.and_then(|field| Some((field.name.to_string(), plain(field, &catalogue)?)));
    value.into_iter().collect()
}

/// Values for a new record: what is required, with references to what is planted.
fn sample(watch: &Watch<'_>, object: &Object) -> Map<String, Json> {
    let catalogue = watch.engine().catalogue();
    let own = |name: &schema::Name| {
        watch.garden.records.iter().find(|planted| planted.object == *name).map(|p| p.id)
    };
    let mut values = Map::new();
    for (slot, field) in object.slots().skip(base::COUNT) {
        let value = match &field.kind {
            FieldType::Reference { to, .. } if to.len() > 1 => {
                json!({ "object": to[0].as_str(), "id": own(&to[0]) })
            }
            FieldType::Reference { to, .. } => json!(own(&to[0])),
            FieldType::User => json!(watch.garden.me),
            FieldType::OrgUnit => json!(watch.garden.unit),
            _ if field.required || slot == object.title => match plain(field, &catalogue) {
                Some(value) => value,
                None => continue,
            },
            _ => continue,
        };
        values.insert(field.name.to_string(), value);
    }
    values
}

async fn reveals(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let catalogue = watch.engine().catalogue();
    let definition = catalogue.at(planted.ix).unwrap();
    // One is enough where the role may not read the record at all.
    let readable = watch.engine().get(&watch.actor, planted.object.as_str(), planted.id, false);
    let most = if readable.await.is_ok() { usize::MAX } else { 1 };
    for (slot, _) in planted.marks.iter().take(most) {
        let field = definition.at(*slot).unwrap();
        let role = (&*catalogue, watch.role);
        let may = |action| granted(role, &planted.object, field, action, Some(planted.place));
        let allowed = may(Action::Reveal) > Access::Hidden
            && may(Action::Read) > Access::Hidden
            && field.level < 5;
        let change = Change::Reveal {
            object: planted.object.clone(),
            id: planted.id,
            field: field.name.clone(),
        };
        // Where it is allowed it is tried without a reason, which is refused too.
        let reason = (!allowed).then(|| "核对身份".to_owned());
        let command = Command { action: change, reason, idempotency: None };
        match watch.engine().submit(&watch.actor, command).await {
            Ok(outcome) => said.1.push(format!(
                "{}.{} was revealed: {:?}",
                planted.object, field.name, outcome.revealed
            )),
            Err(error) => said.0.push(refusal(&error)),
        }
    }
}

async fn lists(exit: Exit, watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let (engine, actor) = (watch.engine(), &watch.actor);
    let catalogue = engine.catalogue();
    let object = catalogue.at(planted.ix).unwrap();
    let all = Query { expand: true, limit: 200, ..Query::of(planted.object.as_str()) };
    let far = |field: &Field| {
        let target = catalogue.at(field.target(&catalogue)?)?;
        let names = target.fields.values().filter(|inner| {
            !matches!(inner.kind, FieldType::ChildTable { .. } | FieldType::RollUp { .. })
        });
        let columns = names.map(|inner| format!("{}.{}", field.name, inner.name)).take(100);
        Some(Query { columns: columns.collect(), ..all.clone() })
    };
    let queries: Vec<Query> = match exit {
        Exit::List => vec![all.clone()],
        Exit::Columns => object.fields.values().filter_map(far).collect(),
        _ => object.fields.values().filter_map(far).take(3).chain([all.clone()]).collect(),
    };
    for query in queries {
        if exit == Exit::List || exit == Exit::Columns {
            tell(said, engine.query(actor, &query).await, json_of);
            continue;
        }
        let format = if exit == Exit::Csv { ExportFormat::Csv } else { ExportFormat::Xlsx };
        let request = ExportRequest { query, format, purpose: "月度核对".into() };
        match samples::export(engine, actor, request).await {
            Ok(mut export) => {
                let mut bytes = Vec::new();
                while let Some(part) = export.parts.recv().await {
                    match part {
                        Ok(part) => bytes.extend(part),
                        Err(error) => said.1.push(format!("failed: {error}")),
                    }
                }
                said.0.push(text_of(&bytes, format));
            }
            Err(error) => said.0.push(refusal(&error)),
        }
    }
}

/// What a person sees in an exported file.
fn text_of(bytes: &[u8], format: ExportFormat) -> String {
    if format == ExportFormat::Csv {
        return String::from_utf8(bytes.to_vec()).unwrap();
    }
    let detected = engine::import::source::detect(bytes, true).unwrap();
    let mut text = String::new();
    engine::import::source::read(bytes, &detected, |row| {
        row.cells.iter().for_each(|cell| {
            text.push_str(&cell.text());
            text.push('|');
        });
        true
    })
    .unwrap();
    text
}

/// Filters, orders and searches by fields the role may not read: refused, or narrowed to the records
/// where it may.
async fn conditions(exit: Exit, watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let catalogue = watch.engine().catalogue();
    let object = catalogue.at(planted.ix).unwrap();
    for (slot, _) in &planted.marks {
        let field = object.at(*slot).unwrap();
        let raw = |record: &Planted| {
            let role = (&*catalogue, watch.role);
            granted(role, &record.object, field, Action::Read, Some(record.place))
        };
        let sealed = field.storage() == Storage::Sealed;
        let least = match (exit, field.search) {
            (Exit::Search, None) => continue,
            (Exit::Search, Some(SearchKind::Tail | SearchKind::Exact)) => Access::Masked,
            _ => Access::Read,
        };
        let may = |record: &&Planted| {
            let level = match exit {
                Exit::Filter => field.level < 4 || (field.level == 4 && sealed),
                Exit::Order => field.level < 4,
                _ => field.level < 5,
            };
            level && raw(record) >= least
        };
        for query in queries(exit, planted, *slot, field) {
            let Ok(page) = watch.engine().query(&watch.actor, &query).await else { continue };
            let same = || watch.garden.records.iter().filter(|other| other.ix == planted.ix);
            let groups = page.groups.iter().flatten().count() > 0;
            if groups && !same().any(|record| may(&record)) {
                said.1.push(format!("{}.{} was grouped or measured", object.name, field.name));
            }
            for record in same().filter(|record| !may(record)) {
                if page.records.iter().flatten().any(|view| view.id == record.id) {
                    let place = record.place;
                    said.1.push(format!(
                        "{}.{} ({place:?}) was told by {:?}{:?}{:?}",
                        object.name, field.name, query.filter, query.search, query.sort
                    ));
                }
            }
            said.0.push(json_of(&page));
        }
    }
}

fn queries(exit: Exit, planted: &Planted, slot: Slot, field: &Field) -> Vec<Query> {
    let name = field.name.to_string();
    let columns = vec!["id".to_owned()];
    let of =
        || Query { limit: 200, columns: columns.clone(), ..Query::of(planted.object.as_str()) };
    match exit {
        Exit::Filter => vec![Query { filter: Some(format!("{name} is not empty")), ..of() }],
        Exit::Search => {
            let marks = planted.marks.iter().find(|(at, _)| *at == slot);
            let marks = marks.map(|(_, marks)| marks.clone()).unwrap_or_default();
            marks.into_iter().map(|mark| Query { search: Some(mark), ..of() }).collect()
        }
        _ => {
            let key = GroupKey { field: name.clone(), bucket: Default::default() };
            let measure = |function| Measure { function, field: Some(name.clone()), alias: None };
            vec![
                Query { sort: vec![Sort { field: name.clone(), descending: false }], ..of() },
                Query { group: vec![key], ..of() },
                Query {
                    measures: vec![measure(MeasureFn::Max), measure(MeasureFn::Count)],
                    ..of()
                },
                Query { measures: vec![measure(MeasureFn::CountDistinct)], ..of() },
            ]
        }
    }
}

async fn log(watch: &Watch<'_>, said: &mut Said) {
    let filter = engine::access::LogFilter::default();
    let mut before = None;
    loop {
        let page = watch.engine().audit_entries(&watch.actor, &filter, before, 200).await;
        let next = page.as_ref().ok().and_then(|page| page.last()).map(|entry| entry.number);
        tell(said, page, |entries| {
            entries.iter().map(|e| String::from_utf8_lossy(&e.body).into_owned()).collect()
        });
        match next {
            Some(number) => before = Some(number),
            None => return,
        }
    }
}

async fn outbox(watch: &Watch<'_>, said: &mut Said) {
    let db = watch.engine().store().db();
    let hour = jiff::SignedDuration::from_hours(1);
    // Events that nothing waits for are only kept: replay them, to be seen as they would be taken.
    let until = watch.engine().now() + hour;
    store::outbox::replay(db, kernel::Instant::UNIX_EPOCH, until).await.unwrap();
    let events =
        store::outbox::take(db, "test", watch.engine().now(), hour, 100_000).await.unwrap();
    said.0.extend(events.iter().map(|event| String::from_utf8_lossy(&event.body).into_owned()));
    said.0.push(String::new());
}

async fn import(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let (engine, actor) = (watch.engine(), &watch.actor);
    let catalogue = engine.catalogue();
    let object = catalogue.at(planted.ix).unwrap();
    let fields: Vec<&Field> = object.fields.values().skip(base::COUNT).collect();
    let heads: Vec<&str> = fields.iter().map(|field| field.label.zh.as_str()).collect();
    let wrong: Vec<String> = fields.iter().map(|_| "?".repeat(300)).collect();
    let file = format!("{}\n{}\n", heads.join(","), wrong.join(","));
    let unique = fields.iter().find(|field| field.unique).map(|field| field.name.as_str());
    let match_by: Vec<&str> = unique.into_iter().collect();
    let mode = if match_by.is_empty() { Mode::Create } else { Mode::Upsert };
    let bytes = file.into_bytes();
    let made = samples::prepare(
        engine,
        actor,
        ("f.csv", &bytes),
        planted.object.as_str(),
        (mode, &match_by),
    )
    .await;
    match made {
        Ok(import) => {
            let job = ImportJob { import, task: Task::Run };
            tell(said, engine.run_import(&job).await, json_of);
            let errors = engine.import_errors(actor, import).await;
            tell(said, errors, |bytes| String::from_utf8_lossy(bytes).into_owned());
        }
        Err(error) => said.0.push(refusal(&error)),
    }
}
