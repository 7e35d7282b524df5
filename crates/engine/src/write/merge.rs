//! Merging: two records of one object become one.
//!
//! Everything that refers to the loser refers to the winner afterwards, in the same transaction, and
//! the loser goes to the recycle bin. What was done is kept sealed, so that it can be undone exactly.
//! References are found from the catalogue; rows that the actor cannot see follow too, as they do
//! when a record is deleted. Refuses what does not fit one transaction.

use std::collections::BTreeMap;

use schema::catalogue::{Access, Action, base};
use schema::expr::{Comparison, Node};
use schema::{Name, Object, ObjectIx, Slot, Value};
use serde_json::json;
use store::access;
use store::merges::{Merge, MergeState};
use store::{CommitError, Write};
use uuid::Uuid;

use super::audit::{self, Diff, Entry};
use super::command::{Command, Outcome};
use super::decide::{self, Visible};
use super::facts::Facts;
use super::prepare::{Prepared, is_computed};
use super::record::{id_of, version_of};
use super::references::{links_itself, pointing, references_to, repointed};
use super::submit::{Context, Subject};
use super::unmerge::{MergedRow, Trace};
use crate::org::Reader;
use crate::rights::{field_is, own_field};
use crate::{Error, Refusal, Violation};

/// Most rows that one merge makes refer to the winner.
const ROWS: usize = 20_000;

/// What a merge is asked to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'c> {
    pub winner: Uuid,
    pub loser: Uuid,
    /// Versions the caller saw.
    pub versions: (Option<u64>, Option<u64>),
    /// Fields whose values come from the loser.
    pub take: &'c [Name],
}

impl<'a> Context<'a> {
    /// Merges; `None` when something moved meanwhile.
    pub(super) async fn merge(
        &self,
        of: Subject<'a>,
        asked: Asked<'_>,
        command: &Command,
    ) -> Result<Option<Outcome>, Error> {
        let (ix, object) = of;
        self.mergeable(of, asked).await?;
        let winner = self.load(of, asked.winner).await?;
        let loser = self.load(of, asked.loser).await?;
        let mut both = Vec::with_capacity(2);
        for (values, version) in [(&winner, asked.versions.0), (&loser, asked.versions.1)] {
            let known = self.learn(of, values, true, None).await?;
            let facts = Facts::new(self.catalogue, ix, values, &self.env, known);
            // Both must be in sight before anything else is said of either.
            decide::admit(self.actor, of, &facts, Action::Read)?;
            both.push((facts, version));
        }
        for (facts, version) in &both {
            decide::admit(self.actor, of, facts, Action::Merge)?;
            self.same_version(of, facts, *version)?;
        }
        let mut given = self.taken(of, &loser, asked.take).await?;
        given.extend(pointing(self, of, &winner, asked.loser));
        let mut trace = Trace::default();
        let mut write = Write::default();
        self.repoint_all(of, asked, &mut trace, &mut write).await?;
        self.copy_shares(object, asked, &mut trace, &mut write).await?;
        self.remove_loser(of, &loser, asked.winner, &mut write);
        let prepared = Prepared { given, ..Prepared::default() };
        let mut seen = Visible::default();
        let draft = self.update_prepared(of, winner.clone().into(), prepared, &mut seen).await?;
        if draft.write.changes.is_empty() {
            write.guards.push((ix, asked.winner, version_of(&winner)));
        }
        trace.note_winner(object, &winner, &draft.after);
        let (after, known) = (draft.after, draft.known);
        write.merge(draft.write);
        let merge = self.note_merge(object, asked, &trace)?;
        self.tell_merge(object, &merge, asked.take, &mut write);
        let facts = Facts::new(self.catalogue, ix, &after, &self.env, known);
        let view = self.view(of, &facts);
        let mut outcome = Outcome::of(object.name.clone(), asked.winner, version_of(&after));
        outcome.view = view;
        outcome.merge = Some(merge.id);
        write.idempotency = self.engine.keep(self, command, &outcome)?;
        self.book(&mut write).await?;
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {
                self.engine.committed(self.catalogue, ix);
                Ok(Some(outcome))
            }
            Err(CommitError::Stale { .. }) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Refuses what can never be merged, and a loser that was merged before.
    async fn mergeable(&self, of: Subject<'_>, asked: Asked<'_>) -> Result<(), Error> {
        let conflict = |code, reason: &str| {
            Err(Error::from(Refusal::Conflict { code, reason: reason.into() }))
        };
        if asked.winner == asked.loser {
            return conflict("merge_self", "a record cannot be merged with itself");
        }
        if of.1.system.is_some() {
            return conflict("merge_system", "users, org units and roles held are not merged");
        }
        for id in [asked.loser, asked.winner] {
            if let Some(into) = self.engine.store().merged_into(of.1.name.as_str(), id).await? {
                let seen = self.engine.visible(self, of.0, &[into]).await?;
                if !seen.is_empty() {
                    return conflict("merged_already", &format!("it was merged into {into}"));
                }
            }
        }
        Ok(())
    }

    /// The values that the winner gets from the loser.
    async fn taken(
        &self,
        (ix, object): Subject<'_>,
        loser: &[Value],
        take: &[Name],
    ) -> Result<Vec<(Slot, Value)>, Error> {
        let known = self.learn_rights(ix, loser).await?;
        let facts = Facts::new(self.catalogue, ix, loser, &self.env, known);
        let readable = decide::matching(self.actor.rights().grants(ix, Action::Read), &facts);
        let mut given = Vec::new();
        let mut violations = Vec::new();
        for name in take {
            let found = object
                .field(name.as_str())
                .filter(|(slot, field)| readable.access(*slot) > Access::Hidden && !field.retired);
            match found {
                None => {
                    let violation = Violation::new("take", "unknown_field");
                    violations.push(violation.with("name", name.as_str()));
                }
                Some((slot, field)) if is_computed(slot, field) => {
                    violations.push(Violation::new(name.as_str(), "read_only"));
                }
                Some((slot, _)) => {
                    let value = loser.get(usize::from(slot.0)).cloned().unwrap_or(Value::Null);
                    given.push((slot, value));
                }
            }
        }
        if violations.is_empty() { Ok(given) } else { Err(Refusal::Invalid(violations).into()) }
    }

    /// Makes every row that refers to the loser refer to the winner; a row that this would make a
    /// repeat of another, or a link of the winner with itself, is absorbed.
    async fn repoint_all(
        &self,
        of: Subject<'a>,
        asked: Asked<'_>,
        trace: &mut Trace,
        write: &mut Write,
    ) -> Result<(), Error> {
        for (row_ix, rows) in self.referring_rows(of, asked).await? {
            let Some(row_object) = self.catalogue.at(row_ix) else { continue };
            let row_of = (row_ix, row_object);
            let ids: Vec<Uuid> = rows.keys().copied().collect();
            let slots: Vec<Slot> = row_object.slots().map(|(slot, _)| slot).collect();
            let store = self.engine.store();
            for before in store.get_many(self.catalogue, row_ix, &ids, &slots).await? {
                let at = rows.get(&id_of(&before)).map(Vec::as_slice).unwrap_or_default();
                let after = repointed(&before, at, asked);
                let doubled = links_itself(self, row_of, (&before, &after), asked)
                    || self.repeats(row_of, &after, at).await?;
                if doubled {
                    self.absorb(row_of, before, trace, write).await?;
                } else {
                    self.repoint(row_of, (before, after), at, (trace, &mut *write));
                }
            }
        }
        Ok(())
    }

    /// Rows that refer to the loser, by object and id, with the fields by which they do.
    async fn referring_rows(
        &self,
        of: Subject<'_>,
        asked: Asked<'_>,
    ) -> Result<BTreeMap<ObjectIx, BTreeMap<Uuid, Vec<Slot>>>, Error> {
        let platform = self.engine.system(None, "merge");
        let reader = Reader {
            engine: self.engine,
            catalogue: self.catalogue,
            moment: self.moment,
            platform: &platform,
        };
        let mut found: BTreeMap<ObjectIx, BTreeMap<Uuid, Vec<Slot>>> = BTreeMap::new();
        let mut count = 0;
        for (ix, slot, is_list) in references_to(self, &of.1.name) {
            let filter = match is_list {
                false => field_is(ix, slot, asked.loser),
                true => Node::In(
                    Box::new(Node::Literal(Value::Id(asked.loser))),
                    Box::new(own_field(ix, slot)),
                ),
            };
            let limit = u32::try_from(ROWS + 1).unwrap_or(u32::MAX);
            let columns = vec![own_field(ix, base::ID)];
            let rows = reader.select(ix, columns, Some(filter), (None, limit)).await?;
            for value in rows.into_iter().flatten() {
                let Value::Id(id) = value else { continue };
                if ix == of.0 && (id == asked.winner || id == asked.loser) {
                    continue;
                }
                count += 1;
                found.entry(ix).or_default().entry(id).or_default().push(slot);
            }
        }
        if count > ROWS {
            let reason = format!("more than {ROWS} records refer to it");
            return Err(Refusal::Conflict { code: "too_many_referrers", reason }.into());
        }
        Ok(found)
    }

    fn repoint(
        &self,
        (ix, object): Subject<'_>,
        (before, mut after): (Vec<Value>, Vec<Value>),
        at: &[Slot],
        (trace, write): (&mut Trace, &mut Write),
    ) {
        let mut changed = at.to_vec();
        changed.extend(self.touch(&mut after));
        let diff = Diff { object, before: Some(&before), after: &after, changed: at };
        write.audit.push(audit::change(self, "update", diff));
        write.events.extend(self.event("update", object, (Some(&before), &after), at));
        trace.rows.push(MergedRow::of(object, &before, &after, at));
        let expected = version_of(&before);
        write.changes.push(store::Change::Update {
            object: ix,
            expected,
            before,
            values: after,
            changed,
        });
    }

    /// Puts a row that would be a repeat into the recycle bin.
    async fn absorb(
        &self,
        (ix, object): Subject<'_>,
        before: Vec<Value>,
        trace: &mut Trace,
        write: &mut Write,
    ) -> Result<(), Error> {
        let id = id_of(&before);
        if self.is_referred_to(object, id).await? {
            return Err(Refusal::Conflict {
                code: "in_use",
                reason: format!("{} {id} would be a repeat, and is in use", object.label.en),
            }
            .into());
        }
        let entry = Entry {
            kind: "delete",
            object: Some(object),
            record: Some(id),
            reason: self.reason,
            detail: json!({ "version": version_of(&before), "absorbed": true }),
        };
        write.audit.push(audit::entry(self, entry));
        write.events.extend(self.event("delete", object, (Some(&before), &before), &[]));
        trace.absorbed.push((object.name.clone(), id));
        let expected = version_of(&before);
        write.changes.push(store::Change::Delete { object: ix, id, expected, image: before });
        Ok(())
    }

    /// Whether any record refers to this one.
    async fn is_referred_to(&self, object: &Object, id: Uuid) -> Result<bool, Error> {
        for (ix, slot, is_list) in references_to(self, &object.name) {
            if !is_list && !self.referring(ix, slot, id).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a row with these values would break a unique constraint that one of the re-pointed
    /// fields belongs to.
    async fn repeats(
        &self,
        (ix, object): Subject<'_>,
        after: &[Value],
        at: &[Slot],
    ) -> Result<bool, Error> {
        let alone = at.iter().filter(|slot| object.at(**slot).is_some_and(|field| field.unique));
        let mut keys: Vec<Vec<Slot>> = alone.map(|slot| vec![*slot]).collect();
        let uniques = object.uniques.iter().map(|unique| &unique.fields);
        keys.extend(uniques.filter(|fields| fields.iter().any(|s| at.contains(s))).cloned());
        for key in keys {
            let value = |slot: &Slot| after.get(usize::from(slot.0)).cloned();
            let values: Vec<(Slot, Value)> =
                key.iter().filter_map(|slot| Some((*slot, value(slot)?))).collect();
            if values.iter().any(|(_, value)| value.is_empty()) {
                continue;
            }
            if self.has_row(ix, &values, id_of(after)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether another row has these values.
    async fn has_row(
        &self,
        ix: ObjectIx,
        values: &[(Slot, Value)],
        except: Uuid,
    ) -> Result<bool, Error> {
        let platform = self.engine.system(None, "merge");
        let reader = Reader {
            engine: self.engine,
            catalogue: self.catalogue,
            moment: self.moment,
            platform: &platform,
        };
        let same = values.iter().map(|(slot, value)| {
            let value = match value {
                Value::Link(_, id) => Value::Id(*id),
                other => other.clone(),
            };
            let field = Box::new(own_field(ix, *slot));
            Node::Compare(Comparison::Eq, field, Box::new(Node::Literal(value)))
        });
        let filter = Some(Node::And(same.collect()));
        let columns = vec![own_field(ix, base::ID)];
        let rows = reader.select(ix, columns, filter, (None, 2)).await?;
        Ok(rows.into_iter().flatten().any(|value| value != Value::Id(except)))
    }

    /// Whoever the loser is shared with sees the winner as long.
    async fn copy_shares(
        &self,
        object: &Object,
        asked: Asked<'_>,
        trace: &mut Trace,
        write: &mut Write,
    ) -> Result<(), Error> {
        let (db, name) = (self.engine.store().db(), object.name.as_str());
        let held = access::shares_of_record(db, name, asked.winner).await?;
        for share in access::shares_of_record(db, name, asked.loser).await? {
            if held.iter().any(|other| other.user == share.user) {
                continue;
            }
            trace.shares.push(share.user);
            let id = self.engine.next_id(self.moment.now);
            write.system.push(access::share(&access::Share { id, record: asked.winner, ..share }));
        }
        Ok(())
    }

    /// Puts the loser into the recycle bin.
    fn remove_loser(
        &self,
        (ix, object): Subject<'_>,
        loser: &[Value],
        winner: Uuid,
        write: &mut Write,
    ) {
        let id = id_of(loser);
        let entry = Entry {
            kind: "merged",
            object: Some(object),
            record: Some(id),
            reason: self.reason,
            detail: json!({ "into": winner, "version": version_of(loser) }),
        };
        write.audit.push(audit::entry(self, entry));
        write.events.extend(self.event("delete", object, (Some(loser), loser), &[]));
        let (expected, image) = (version_of(loser), loser.to_vec());
        write.changes.push(store::Change::Delete { object: ix, id, expected, image });
    }

    /// What is remembered of a merge.
    fn note_merge(&self, object: &Object, asked: Asked<'_>, trace: &Trace) -> Result<Merge, Error> {
        let id = self.engine.next_id(self.moment.now);
        let plain = trace.to_json().to_string();
        let sealed = self.engine.store().cipher().seal(id.as_bytes(), &plain);
        Ok(Merge {
            id,
            object: object.name.clone(),
            winner: asked.winner,
            loser: asked.loser,
            state: MergeState::Done,
            trace: sealed,
            row_count: u64::try_from(trace.rows.len()).unwrap_or(u64::MAX),
            absorbed: u64::try_from(trace.absorbed.len()).unwrap_or(u64::MAX),
            made_by: self.actor.user(),
            made_at: self.moment.now,
        })
    }

    /// The winner's audit entry, what is remembered, and the pair's state.
    fn tell_merge(&self, object: &Object, merge: &Merge, take: &[Name], write: &mut Write) {
        let entry = Entry {
            kind: "merge",
            object: Some(object),
            record: Some(merge.winner),
            reason: self.reason,
            detail: json!({
                "merge": merge.id, "loser": merge.loser, "taken": take,
                "rows": merge.row_count, "absorbed": merge.absorbed,
            }),
        };
        write.audit.push(audit::entry(self, entry));
        write.system.push(store::merges::insert(merge));
        let (name, by) = (object.name.as_str(), (merge.made_by, merge.made_at));
        let pair = (merge.winner, merge.loser);
        write.system.push(store::pairs::set_merged(name, pair, by, true));
        write.system.extend(store::pairs::forget_record(name, merge.loser));
    }
}
