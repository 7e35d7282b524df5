//! One chunk of rows: matched with known records, decided, and made into one write.

use std::collections::{HashMap, HashSet};

use schema::catalogue::base;
use schema::{Field, Object, ObjectIx, Slot, Value};
use sha2::{Digest, Sha256};
use store::Write;
use uuid::Uuid;

use super::known::{Known, key_text};
use super::plan::{ImportPlan, Mode, Resolved};
use super::rows::{self, Names, Parsed};
use super::source::{Cell, RawRow};
use super::undo::Undo;
use super::{BadRow, DuplicateRow, Report};
use crate::duplicates::Alike;
use crate::write::{Context, Draft, Nest, Prepared, Rows, Visible, id_of, is_reference, targets};
use crate::{Error, Refusal, Violation};

/// Digests of unique values seen earlier in the file, with the line: in bytes, for there may be
/// millions of them. Values share one by chance less than once in a million files of that size.
#[derive(Default)]
pub(crate) struct Seen(HashMap<[u8; 8], [u8; 4]>);

/// A decided chunk.
#[derive(Default)]
pub(crate) struct Decided {
    pub write: Write,
    pub report: Report,
    pub bad: Vec<(BadRow, Vec<String>)>,
    pub undo: Vec<Undo>,
}

/// What stays the same over all chunks of a run.
pub(crate) struct Setting<'a> {
    pub context: &'a Context<'a>,
    pub object: &'a Object,
    pub plan: &'a ImportPlan,
    pub resolved: &'a Resolved,
    /// Whether nothing will be written.
    pub trial: bool,
    /// Cells each row of a CSV file must have.
    pub width: Option<usize>,
}

impl Seen {
    /// Notes what must be there once, a value of the field or constraint `name`; the line where it
    /// stood before, if it did.
    pub(super) fn note(&mut self, name: &str, value: &str, line: u64) -> Option<u64> {
        let mut hash = Sha256::new();
        hash.update(name.len().to_be_bytes());
        hash.update(name);
        hash.update(value);
        let digest = hash.finalize();
        let (key, _) = digest.split_first_chunk()?;
        let line = u32::try_from(line).ok()?;
        let earlier = *self.0.entry(*key).or_insert(line.to_be_bytes());
        let earlier = u32::from_be_bytes(earlier);
        (earlier != line).then_some(earlier.into())
    }
}

impl Setting<'_> {
    /// Decides all rows; nothing is written.
    pub async fn decide(
        &self,
        names: &mut Names,
        seen: &mut Seen,
        raws: &[RawRow],
    ) -> Result<Decided, Error> {
        names.learn(self.context, self.resolved, raws).await?;
        let mut parsed = Vec::with_capacity(raws.len());
        for raw in raws {
            let row = rows::parse(self.context, self.resolved, names, raw, self.width);
            parsed.push(row);
        }
        let known = self.known(&parsed).await?;
        let taken = self.taken(&parsed, &known).await?;
        let alike = self.alike(&parsed, &known).await?;
        let mut visible: Visible = names.made.iter().copied().collect();
        self.see(&parsed, &mut visible).await?;
        let mut decided = Decided::default();
        let mut drafts = Vec::new();
        for (mut row, raw) in parsed.into_iter().zip(raws) {
            decided.report.rows += 1;
            if row.violations.iter().any(|violation| violation.code == "reference_unknown") {
                row = rows::parse(self.context, self.resolved, names, raw, self.width);
            }
            self.in_file(&mut row, seen);
            self.refuse_alike(&mut row, &alike);
            let outcome = self.one(&mut row, &known, &taken, &mut visible).await;
            match outcome {
                Ok(Some(done)) => {
                    drafts.push((row, raw, done));
                    // Rows to come may refer to this one, so it is in or out now.
                    if self.refers_to_itself() {
                        let drafts = std::mem::take(&mut drafts);
                        let ids = self.settle(&mut decided, (names, seen, &alike), drafts).await?;
                        visible.extend(ids);
                    }
                }
                Ok(None) => decided.report.unchanged += 1,
                Err(Error::Refused(refusal)) => {
                    self.refuse(&mut decided, &row, raw, refusal);
                }
                Err(other) => return Err(other),
            }
        }
        self.settle(&mut decided, (names, seen, &alike), drafts).await?;
        decided.bad.sort_by_key(|(row, _)| row.line);
        Ok(decided)
    }

    /// Takes the drafts whose values together nobody has; answers the ids of these.
    async fn settle(
        &self,
        decided: &mut Decided,
        (names, seen, alike): (&mut Names, &mut Seen, &HashMap<u64, Alike>),
        drafts: Vec<(Parsed, &RawRow, (Draft, Undo))>,
    ) -> Result<Vec<Uuid>, Error> {
        let after: Vec<&[Value]> = drafts.iter().map(|(_, _, (draft, _))| &*draft.after).collect();
        let together = self.together(&after).await?;
        let mut ids = Vec::with_capacity(drafts.len());
        for (at, (row, raw, done)) in drafts.into_iter().enumerate() {
            let (after, place) = ((at, &*done.0.after), (&mut *seen, row.line));
            let occurs = self.occurs_already(&together, after, place);
            if !occurs.is_empty() {
                self.refuse(decided, &row, raw, Refusal::Invalid(occurs));
                continue;
            }
            if let (Undo::Created { .. }, Some(found)) = (&done.1, alike.get(&row.line)) {
                let row = DuplicateRow { line: row.line, level: found.level };
                super::alike::name(&mut decided.report, row);
            }
            ids.push(id_of(&done.0.after));
            self.take(decided, names, done);
        }
        Ok(ids)
    }

    /// Finds out in one query an object which of the records that the rows refer to may be seen.
    async fn see(&self, rows: &[Parsed], visible: &mut Visible) -> Result<(), Error> {
        let mut wanted: HashMap<ObjectIx, HashSet<Uuid>> = HashMap::new();
        let given = rows.iter().flat_map(|row| row.given.iter());
        for (slot, value) in given {
            let refers = |field: &&Field| is_reference(field, *slot);
            if self.object.at(*slot).filter(refers).is_none() {
                continue;
            }
            for (object, id) in targets(self.context.catalogue, self.resolved.ix, *slot, value) {
                if !visible.contains(&id) {
                    wanted.entry(object).or_default().insert(id);
                }
            }
        }
        for (object, ids) in wanted {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            visible.extend(self.context.engine.visible(self.context, object, &ids).await?);
        }
        Ok(())
    }

    fn take(&self, decided: &mut Decided, names: &mut Names, (draft, undo): (Draft, Undo)) {
        match undo {
            Undo::Created { .. } => decided.report.created += 1,
            Undo::Updated { .. } => decided.report.updated += 1,
        }
        if self.refers_to_itself() {
            for (slot, field) in self.object.slots() {
                let called = slot == self.object.title || field.unique;
                let value = draft.after.get(usize::from(slot.0));
                if let (true, Some(Value::Text(text))) = (called, value) {
                    names.note(self.resolved.ix, text, id_of(&draft.after));
                }
            }
            names.made.insert(id_of(&draft.after));
        }
        decided.undo.push(undo);
        decided.write.merge(draft.write);
    }

    /// Whether rows may refer to records that earlier rows make (上级机构 of an org unit).
    pub(super) fn refers_to_itself(&self) -> bool {
        self.resolved.targets.iter().any(|target| {
            let field = self.object.at(target.slot).filter(|_| target.child.is_none());
            field.is_some_and(|field| {
                rows::referred(self.context, field).contains(&self.resolved.ix)
            })
        })
    }

    /// Marks values of unique fields that stood in an earlier row.
    fn in_file(&self, row: &mut Parsed, seen: &mut Seen) {
        let mut repeated = Vec::new();
        for (slot, value) in &row.given {
            let Some(field) = self.object.at(*slot) else { continue };
            let key = field.unique || self.resolved.match_by.as_slice() == [*slot];
            if key
                && !value.is_empty()
                && row.violations.is_empty()
                && let Some(line) = seen.note(field.name.as_str(), &key_text(value), row.line)
            {
                let violation = Violation::new(field.name.as_str(), "duplicate_in_file");
                repeated.push(violation.with("line", line.to_string()));
            }
        }
        row.violations.extend(repeated);
    }

    async fn one(
        &self,
        row: &mut Parsed,
        known: &HashMap<u64, Known>,
        taken: &HashMap<u64, Vec<Violation>>,
        visible: &mut Visible,
    ) -> Result<Option<(Draft, Undo)>, Error> {
        let violations = std::mem::take(&mut row.violations);
        let (origin, given): (Vec<_>, Vec<_>) =
            row.given.iter().cloned().partition(|(slot, _)| is_origin(*slot));
        let mut prepared = Prepared { given, children: self.children(row), origin, violations };
        self.in_the_past(&mut prepared);
        let key_missing = self.resolved.match_by.iter().find(|slot| {
            !row.given.iter().any(|(given, value)| given == *slot && !value.is_empty())
        });
        if let Some(slot) = key_missing
            && prepared.violations.is_empty()
            && self.plan.mode != Mode::Create
        {
            let name = self.object.at(*slot).map_or("", |field| field.name.as_str());
            prepared.violations.push(Violation::new(name, "required_to_match"));
        }
        if !prepared.violations.is_empty() && self.plan.mode != Mode::Create {
            return Err(Refusal::Invalid(prepared.violations).into());
        }
        match (known.get(&row.line), self.plan.mode) {
            (Some(Known::Several), _) => {
                Err(Refusal::invalid(self.key_name(), "match_ambiguous").into())
            }
            (Some(Known::One(before)), Mode::Update | Mode::Upsert) => {
                self.change(before, prepared, visible).await
            }
            (None, Mode::Update) => Err(Refusal::invalid(self.key_name(), "match_none").into()),
            (_, _) => {
                prepared.violations.extend(taken.get(&row.line).into_iter().flatten().cloned());
                self.make(prepared, visible).await.map(Some)
            }
        }
    }

    /// Records cannot have been made later than now.
    fn in_the_past(&self, prepared: &mut Prepared) {
        let now = self.context.moment.now;
        for (slot, value) in &prepared.origin {
            if matches!(value, Value::Instant(at) if *at > now) {
                let name = self.object.at(*slot).map_or("", |field| field.name.as_str());
                prepared.violations.push(Violation::new(name, "future"));
            }
        }
    }

    async fn make(
        &self,
        mut prepared: Prepared,
        visible: &mut Visible,
    ) -> Result<(Draft, Undo), Error> {
        prepared.given.retain(|(_, value)| !value.is_empty());
        prepared.origin.retain(|(_, value)| !value.is_empty());
        let id = self.context.engine.next_id(self.context.moment.now);
        let of = (self.resolved.ix, self.object);
        let draft = self.context.create_prepared(of, id, prepared, Nest::top(visible)).await?;
        Ok((draft, Undo::Created { id }))
    }

    async fn change(
        &self,
        before: &[Value],
        mut prepared: Prepared,
        visible: &mut Visible,
    ) -> Result<Option<(Draft, Undo)>, Error> {
        if !self.plan.clear_empty {
            prepared.given.retain(|(_, value)| !value.is_empty());
        }
        prepared.children.clear();
        let of = (self.resolved.ix, self.object);
        let stored = before.to_vec().into();
        let draft = self.context.update_prepared(of, stored, prepared, visible).await?;
        if draft.write.changes.is_empty() {
            return Ok(None);
        }
        let undo = Undo::of_update(self.object, before, &draft.after);
        Ok(Some((draft, undo)))
    }

    fn children(&self, row: &Parsed) -> Vec<Rows> {
        let mut children = Vec::new();
        for (table, values) in &row.children {
            let Some((_, field)) = self.object.field(table) else { continue };
            if let schema::FieldType::ChildTable { object, by } = &field.kind {
                children.push(Rows {
                    field: field.name.clone(),
                    object: object.clone(),
                    by: by.clone(),
                    rows: vec![values.clone()],
                });
            }
        }
        children
    }

    fn key_name(&self) -> String {
        let first = self.resolved.match_by.first().and_then(|slot| self.object.at(*slot));
        first.map_or_else(String::new, |field| field.name.to_string())
    }
}

/// Whether a slot says when and by whom a record was made.
fn is_origin(slot: Slot) -> bool {
    matches!(slot, base::CREATED_AT | base::CREATED_BY)
}

impl Setting<'_> {
    /// Notes a refused row; violations name the column that the value stood in.
    fn refuse(&self, decided: &mut Decided, row: &Parsed, raw: &RawRow, refusal: Refusal) {
        let mut violations = match refusal {
            Refusal::Invalid(violations) => violations,
            Refusal::Invisible => vec![Violation::new("*", "known_elsewhere")],
            other => vec![Violation::new("*", other.code()).with("reason", other.to_string())],
        };
        // What a row of the wrong width lacks says nothing more.
        if violations.iter().any(|violation| violation.code == "columns") {
            violations.retain(|violation| violation.code == "columns");
        }
        for violation in &mut violations {
            let reason = format!("{}:{}", violation.field, violation.code);
            *decided.report.reasons.entry(reason).or_default() += 1;
            if let (None, Some(header)) =
                (violation.params.get("column"), self.header(&violation.field))
            {
                violation.params.insert("column".into(), header.to_owned());
            }
        }
        decided.report.bad += 1;
        let violations = violations.into_iter().map(Into::into).collect();
        let cells = raw.cells.iter().map(Cell::text).collect();
        decided.bad.push((BadRow { line: row.line, violations }, cells));
    }

    /// Header of the column that goes to a field of the object itself.
    fn header(&self, field: &str) -> Option<&str> {
        let (slot, _) = self.object.field(field)?;
        let mut targets = self.resolved.targets.iter();
        let target = targets.find(|target| target.child.is_none() && target.slot == slot)?;
        Some(target.header.as_str()).filter(|header| !header.is_empty())
    }
}
