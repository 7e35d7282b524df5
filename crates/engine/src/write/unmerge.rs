//! Taking a merge back: both records as they were, and everything that referred to the loser.
//!
//! What somebody changed since stays as they left it and is listed. Exact within the days of the
//! parameter `unmerge_days`, as long as the loser is in the recycle bin.

use kernel::{Date, Instant};
use schema::catalogue::{Action, ParameterValue, base};
use schema::{Name, Object, Slot, Value};
use serde_json::{Value as Json, json};
use store::merges::{Merge, MergeState};
use store::{CommitError, Write};
use uuid::Uuid;

use super::audit::{self, Diff, Entry};
use super::command::{Command, Left, Outcome};
use super::decide;
use super::facts::Facts;
use super::record::{id_of, version_of};
use super::submit::{Context, Subject};
use crate::codec::{decode, encode};
use crate::{Error, Refusal};

/// Days in which a merge can be taken back unless the parameter `unmerge_days` says otherwise.
const DAYS: i64 = 90;

/// What a merge did, as far as it is not in the recycle bin.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Trace {
    /// The winner's fields: before and after.
    pub winner: Vec<(Name, Value, Value)>,
    /// Rows that refer to the winner now.
    pub rows: Vec<MergedRow>,
    /// Rows that went to the recycle bin.
    pub absorbed: Vec<(Name, Uuid)>,
    /// Users that the winner is shared with because the loser was.
    pub shares: Vec<Uuid>,
}

/// A row that was made to refer to the winner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MergedRow {
    pub object: Name,
    pub id: Uuid,
    /// Fields: before and after.
    pub fields: Vec<(Name, Value, Value)>,
}

impl MergedRow {
    /// What becomes of the fields at these slots.
    pub fn of(object: &Object, before: &[Value], after: &[Value], at: &[Slot]) -> MergedRow {
        let fields = at.iter().filter_map(|slot| changed_at(object, before, after, *slot));
        MergedRow { object: object.name.clone(), id: id_of(after), fields: fields.collect() }
    }
}

fn changed_at(
    object: &Object,
    before: &[Value],
    after: &[Value],
    slot: Slot,
) -> Option<(Name, Value, Value)> {
    let at = usize::from(slot.0);
    let name = object.at(slot)?.name.clone();
    Some((name, before.get(at)?.clone(), after.get(at)?.clone()))
}

impl Trace {
    /// Notes what became of the winner.
    pub fn note_winner(&mut self, object: &Object, before: &[Value], after: &[Value]) {
        let own = object.slots().map(|(slot, _)| slot).filter(|slot| {
            let stamp = [base::VERSION, base::UPDATED_AT, base::UPDATED_BY].contains(slot);
            let at = usize::from(slot.0);
            !stamp && before.get(at) != after.get(at)
        });
        self.winner = own.filter_map(|slot| changed_at(object, before, after, slot)).collect();
    }

    /// As JSON, with plaintexts: to be sealed.
    pub fn to_json(&self) -> Json {
        let rows: Vec<Json> = self
            .rows
            .iter()
            .map(|row| json!([row.object, row.id, fields_json(&row.fields)]))
            .collect();
        json!({
            "winner": fields_json(&self.winner), "rows": rows, "absorbed": self.absorbed,
            "shares": self.shares,
        })
    }

    /// What [`Trace::to_json`] wrote.
    pub fn from_json(json: &Json) -> Option<Trace> {
        let row = |row: &Json| {
            let object = Name::new(row.get(0)?.as_str()?).ok()?;
            let id = row.get(1)?.as_str()?.parse().ok()?;
            Some(MergedRow { object, id, fields: fields_of(row.get(2)?)? })
        };
        Some(Trace {
            winner: fields_of(json.get("winner")?)?,
            rows: json.get("rows")?.as_array()?.iter().map(row).collect::<Option<_>>()?,
            absorbed: serde_json::from_value(json.get("absorbed")?.clone()).ok()?,
            shares: serde_json::from_value(json.get("shares")?.clone()).ok()?,
        })
    }
}

fn fields_json(fields: &[(Name, Value, Value)]) -> Json {
    let each = fields.iter().map(|(name, old, new)| json!([name, encode(old), encode(new)]));
    Json::Array(each.collect())
}

fn fields_of(json: &Json) -> Option<Vec<(Name, Value, Value)>> {
    let field = |json: &Json| {
        let name = Name::new(json.get(0)?.as_str()?).ok()?;
        Some((name, decode(json.get(1)?)?, decode(json.get(2)?)?))
    };
    json.as_array()?.iter().map(field).collect()
}

impl<'a> Context<'a> {
    /// Takes a merge back; `None` when something moved meanwhile.
    pub(super) async fn unmerge(
        &self,
        of: Subject<'a>,
        (winner, merge): (Uuid, Uuid),
        command: &Command,
    ) -> Result<Option<Outcome>, Error> {
        let (ix, object) = of;
        let before = self.load(of, winner).await?;
        let known = self.learn(of, &before, true, None).await?;
        let facts = Facts::new(self.catalogue, ix, &before, &self.env, known);
        decide::admit(self.actor, of, &facts, Action::Merge)?;
        let found = self.engine.store().merge_by_id(merge).await?;
        let same = |merge: &Merge| merge.object == object.name && merge.winner == winner;
        let merge = found.filter(same).ok_or(Refusal::Invisible)?;
        self.still_undoable(&merge)?;
        let mut image = self.trashed_loser(of, &merge).await?;
        let plain = self.engine.store().cipher().open(merge.id.as_bytes(), &merge.trace);
        let plain = plain.map_err(|error| Error::Internal(error.to_string()))?;
        let trace = serde_json::from_str(&plain).ok().as_ref().and_then(Trace::from_json);
        let trace = trace.ok_or_else(|| Error::Internal(format!("trace of merge {}", merge.id)))?;
        let (mut write, mut left) = (Write::default(), Vec::new());
        let after = self.put_back(of, before, &trace.winner, (&mut write, &mut left));
        self.touch(&mut image);
        self.told(object, &image, "unmerged", &mut write);
        write.changes.push(store::Change::Restore { object: ix, values: image });
        self.rows_back(&trace, (&mut write, &mut left)).await?;
        self.absorbed_back(&trace, (&mut write, &mut left)).await?;
        let name = object.name.as_str();
        let withdrawn = |user: &Uuid| store::access::withdraw_share(name, winner, *user);
        write.system.extend(trace.shares.iter().map(withdrawn));
        self.close(object, &merge, &left, &mut write);
        let mut outcome = Outcome::of(object.name.clone(), winner, version_of(&after));
        let known = self.learn(of, &after, true, None).await?;
        outcome.view = self.view(of, &Facts::new(self.catalogue, ix, &after, &self.env, known));
        outcome.left = left;
        write.idempotency = self.engine.keep(self, command, &outcome)?;
        self.book(&mut write).await?;
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {
                self.engine.committed(self.catalogue, ix);
                Ok(Some(outcome))
            }
            Err(CommitError::Stale { .. } | CommitError::System { .. }) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }

    fn still_undoable(&self, merge: &Merge) -> Result<(), Refusal> {
        if merge.state != MergeState::Done {
            let reason = "the merge was taken back already".into();
            return Err(Refusal::Conflict { code: "unmerged_already", reason });
        }
        if self.moment.today > self.last_day(merge.made_at) {
            let reason = format!("a merge can be taken back for {} days", self.unmerge_days());
            return Err(Refusal::Conflict { code: "unmerge_late", reason });
        }
        Ok(())
    }

    /// The last day on which a merge made at that time can be taken back.
    pub(crate) fn last_day(&self, made_at: Instant) -> Date {
        let made = kernel::time::days_since_epoch(kernel::time::business_date(made_at));
        kernel::time::date_from_days(made + self.unmerge_days()).unwrap_or(Date::MAX)
    }

    fn unmerge_days(&self) -> i64 {
        let parameter = self.catalogue.parameters.get("unmerge_days");
        match parameter.and_then(|p| p.on(self.moment.today)) {
            Some(ParameterValue::Number(days)) => i64::try_from(*days).unwrap_or(DAYS),
            _ => DAYS,
        }
    }

    async fn trashed_loser(&self, of: Subject<'_>, merge: &Merge) -> Result<Vec<Value>, Error> {
        let image = self.engine.store().trashed(self.catalogue, of.0, merge.loser).await?;
        image.ok_or_else(|| {
            let reason = "the merged record is not in the recycle bin any more".into();
            Refusal::Conflict { code: "unmerge_late", reason }.into()
        })
    }

    /// Gives fields their earlier values where they still hold what the merge gave them.
    fn put_back(
        &self,
        (ix, object): Subject<'_>,
        before: Vec<Value>,
        fields: &[(Name, Value, Value)],
        (write, left): (&mut Write, &mut Vec<Left>),
    ) -> Vec<Value> {
        let mut after = before.clone();
        let mut changed = Vec::new();
        for (name, old, new) in fields {
            let slot = object.field(name.as_str()).map(|(slot, _)| slot);
            let place = slot.and_then(|slot| after.get_mut(usize::from(slot.0)));
            match (slot, place) {
                (Some(slot), Some(place)) if place == new => {
                    *place = old.clone();
                    changed.push(slot);
                }
                _ => left.push(Left {
                    object: object.name.clone(),
                    id: id_of(&before),
                    field: Some(name.clone()),
                }),
            }
        }
        if changed.is_empty() {
            return before;
        }
        let shown = changed.clone();
        changed.extend(self.touch(&mut after));
        let diff = Diff { object, before: Some(&before), after: &after, changed: &shown };
        write.audit.push(audit::change(self, "update", diff));
        write.events.extend(self.event("update", object, (Some(&before), &after), &shown));
        let (expected, values) = (version_of(&before), after.clone());
        write.changes.push(store::Change::Update { object: ix, expected, before, values, changed });
        after
    }

    async fn rows_back(
        &self,
        trace: &Trace,
        (write, left): (&mut Write, &mut Vec<Left>),
    ) -> Result<(), Error> {
        for rows in trace.rows.chunk_by(|a, b| a.object == b.object) {
            let name = rows.first().map(|row| row.object.as_str()).unwrap_or_default();
            let Some((ix, object)) = self.catalogue.object(name) else { continue };
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let slots: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
            let found = self.engine.store().get_many(self.catalogue, ix, &ids, &slots).await?;
            for row in rows {
                match found.iter().find(|values| id_of(values) == row.id) {
                    Some(values) => {
                        let out = (&mut *write, &mut *left);
                        self.put_back((ix, object), values.clone(), &row.fields, out);
                    }
                    None => {
                        let (object, id) = (row.object.clone(), row.id);
                        left.push(Left { object, id, field: None });
                    }
                }
            }
        }
        Ok(())
    }

    async fn absorbed_back(
        &self,
        trace: &Trace,
        (write, left): (&mut Write, &mut Vec<Left>),
    ) -> Result<(), Error> {
        for (name, id) in &trace.absorbed {
            let Some((ix, object)) = self.catalogue.object(name.as_str()) else { continue };
            match self.engine.store().trashed(self.catalogue, ix, *id).await? {
                Some(mut image) => {
                    self.touch(&mut image);
                    self.told(object, &image, "restore", write);
                    write.changes.push(store::Change::Restore { object: ix, values: image });
                }
                None => left.push(Left { object: name.clone(), id: *id, field: None }),
            }
        }
        Ok(())
    }

    /// The audit entry and event of a record that is back.
    fn told(&self, object: &Object, values: &[Value], kind: &'static str, write: &mut Write) {
        let entry = Entry {
            kind,
            object: Some(object),
            record: Some(id_of(values)),
            reason: self.reason,
            detail: json!({ "version": version_of(values) }),
        };
        write.audit.push(audit::entry(self, entry));
        write.events.extend(self.event("restore", object, (None, values), &[]));
    }

    /// The winner's audit entry, and the end of what is remembered.
    fn close(&self, object: &Object, merge: &Merge, left: &[Left], write: &mut Write) {
        let entry = Entry {
            kind: "unmerge",
            object: Some(object),
            record: Some(merge.winner),
            reason: self.reason,
            detail: json!({ "merge": merge.id, "loser": merge.loser, "left": left.len() }),
        };
        write.audit.push(audit::entry(self, entry));
        write.system.push(store::merges::close(merge.id));
        let by = (self.actor.user(), self.moment.now);
        let pair = (merge.winner, merge.loser);
        write.system.push(store::pairs::set_merged(object.name.as_str(), pair, by, false));
    }
}
