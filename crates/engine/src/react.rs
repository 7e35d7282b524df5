//! Reactions: what follows from committed changes.
//!
//! Events that something waits for are taken under a lease, in batches, at least once; what follows
//! is worked out from how things are now, so that a repeat changes nothing. What a reaction writes
//! takes the write path as the platform, and tells in its own events how deep it stands: beyond a
//! bound nothing follows any more. An event that keeps failing is given up after some attempts, and
//! the daily runs make up for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use schema::expr::{Node, Path};
use schema::{Catalogue, FieldType, Object, ObjectIx, Slot, Value};
use serde::Deserialize;
use store::outbox::{self, Taken};
use uuid::Uuid;

use crate::moment::Moment;
use crate::org::Reader;
use crate::rights::{field_in, own_field};
use crate::sets::{CHUNK, Changed, Happened, Rule, Via, Watched};
use crate::write::Context;
use crate::{Actor, Engine, Error};

/// Events taken at a time.
const BATCH: u32 = 500;

/// How long a silent worker keeps events.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Attempts after which an event is given up.
const ATTEMPTS: i64 = 8;

/// The pause after a failure, for each attempt so far.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// How many reactions may follow from each other.
pub(crate) const DEPTH: u8 = 4;

/// Subjects that one change of a record they refer to is followed to; the daily run sees the rest.
const FAR: u32 = 2_000;

/// What a batch of events came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reacted {
    /// Events taken.
    pub taken: usize,
    /// Events dealt with.
    pub done: usize,
    /// Events left for another attempt.
    pub failed: usize,
    /// Events given up.
    pub given_up: usize,
    /// Whether more are likely to wait.
    pub more: bool,
}

/// What an event tells besides what it is about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    fields: Vec<String>,
    /// Records that it referred to before and that rules reach it from.
    left: Vec<Uuid>,
    depth: u8,
}

/// Subjects to look at, by the place of the rule.
type Affected = BTreeMap<usize, BTreeSet<Uuid>>;

impl Engine {
    /// Takes one batch of waiting events and does what follows. Costs one read when none waits;
    /// else one query for each way that rules reach changed records, two for each rule they reach,
    /// and the writes.
    pub async fn react(&self, worker: &str) -> Result<Reacted, Error> {
        let db = self.store().db();
        let taken = outbox::take(db, worker, self.now(), LEASE, BATCH).await?;
        let mut reacted = Reacted {
            taken: taken.len(),
            more: taken.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX),
            ..Reacted::default()
        };
        if taken.is_empty() {
            return Ok(reacted);
        }
        let mut steps = Vec::with_capacity(taken.len());
        match self.follow_up(&taken).await {
            Ok(()) => {
                steps.extend(taken.iter().map(|event| outbox::done(event.number, self.now())));
                reacted.done = taken.len();
            }
            // One of them is at fault; the others are not to wait for it.
            Err(_) => {
                for event in &taken {
                    let done = self.follow_up(std::slice::from_ref(event)).await;
                    steps.push(self.settle(event, done, &mut reacted));
                }
            }
        }
        db.run(steps).await.map_err(store::Error::from)?;
        Ok(reacted)
    }

    fn settle(&self, event: &Taken, done: Result<(), Error>, reacted: &mut Reacted) -> store::Step {
        let now = self.now();
        let Err(error) = done else {
            reacted.done += 1;
            return outbox::done(event.number, now);
        };
        tracing::warn!(event = %event.id, object = &*event.object, %error, "a reaction failed");
        if event.attempts >= ATTEMPTS {
            reacted.given_up += 1;
            return outbox::done(event.number, now);
        }
        reacted.failed += 1;
        let pause = PAUSE.checked_mul(i32::try_from(event.attempts).unwrap_or(1)).unwrap_or(PAUSE);
        outbox::later(event.number, now.checked_add(pause).unwrap_or(now))
    }

    async fn follow_up(&self, events: &[Taken]) -> Result<(), Error> {
        self.load_published().await?;
        let catalogue = self.catalogue();
        let watched = self.watched().await?;
        let mut affected = Affected::new();
        let mut depth = 0;
        let mut referring: BTreeMap<(ObjectIx, Via), BTreeMap<Uuid, BTreeSet<usize>>> =
            BTreeMap::new();
        for event in events {
            let Some((ix, object)) = catalogue.object(&event.object) else { continue };
            let body: Body = serde_json::from_slice(&event.body).unwrap_or_default();
            if body.depth >= DEPTH {
                tracing::warn!(event = %event.id, "reactions followed from each other too long");
                continue;
            }
            depth = depth.max(body.depth);
            let changed: Vec<Slot> =
                body.fields.iter().filter_map(|name| Some(object.field(name)?.0)).collect();
            if object.kept.rules && (is_birth(event) || of_rule(object, &changed)) {
                self.queue_set(&object.name, event.record, event.id).await?;
            }
            let happened = Happened { object: ix, created: is_birth(event), changed: &changed };
            for (at, rule) in watched.rules.iter().enumerate() {
                for via in rule.touched(happened) {
                    let subjects = affected.entry(at).or_default();
                    match via {
                        Via::Own => drop(subjects.insert(event.record)),
                        Via::Child(_) | Via::Grandchild(..) | Via::Far(_) => {
                            let places =
                                referring.entry((reached(via, ix, rule), via)).or_default();
                            places.entry(event.record).or_default().insert(at);
                        }
                    }
                    match via {
                        Via::Own | Via::Far(_) => {}
                        Via::Child(_) => subjects.extend(body.left.iter().copied()),
                        Via::Grandchild(_, (between, on)) => {
                            let places = referring.entry((between, Via::Child(on))).or_default();
                            for left in &body.left {
                                places.entry(*left).or_default().insert(at);
                            }
                        }
                    }
                }
            }
        }
        let actor = self.reacting(events, depth);
        self.reach(&catalogue, &actor, referring, &mut affected).await?;
        self.keep_affected(&actor, &watched, &affected).await
    }

    /// The platform, acting because of these events.
    fn reacting(&self, events: &[Taken], depth: u8) -> Actor {
        let cause = match (events.first(), events.last()) {
            (Some(first), Some(last)) if first.id != last.id => {
                format!("events {} to {}", first.id, last.id)
            }
            (Some(only), _) => format!("event {}", only.id),
            (None, _) => "events".to_owned(),
        };
        let mut actor = self.system(None, cause);
        actor.depth = depth.saturating_add(1);
        actor
    }

    /// Finds the subjects that changed records lead to.
    async fn reach(
        &self,
        catalogue: &std::sync::Arc<Catalogue>,
        actor: &Actor,
        referring: BTreeMap<(ObjectIx, Via), BTreeMap<Uuid, BTreeSet<usize>>>,
        affected: &mut Affected,
    ) -> Result<(), Error> {
        let moment = Moment::new(catalogue.clone(), self.now());
        let reader = Reader { engine: self, catalogue, moment: &moment, platform: actor };
        for ((ix, via), places) in referring {
            let ids: Vec<Uuid> = places.keys().copied().collect();
            let id = own_field(ix, schema::catalogue::base::ID);
            let each = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let (columns, filter, most) = match via {
                Via::Own => continue,
                Via::Child(by) => {
                    let columns: Vec<Node> = vec![id, own_field(ix, by)];
                    let filter = field_in(ix, schema::catalogue::base::ID, &ids);
                    (columns, filter, each)
                }
                Via::Grandchild(by, (between, on)) => {
                    let steps = vec![(ix, by)];
                    let on = Node::Field(Path { steps, object: between, slot: on, up: 0 });
                    (vec![id, on], field_in(ix, schema::catalogue::base::ID, &ids), each)
                }
                Via::Far(by) => (vec![own_field(ix, by), id], field_in(ix, by, &ids), FAR),
            };
            for row in reader.select(ix, columns, Some(filter), (None, most)).await? {
                let [Value::Id(changed) | Value::Link(_, changed), leads_to] = row.as_slice()
                else {
                    continue;
                };
                let subject = match leads_to {
                    Value::Id(id) | Value::Link(_, id) => *id,
                    _ => continue,
                };
                for at in places.get(changed).into_iter().flatten() {
                    affected.entry(*at).or_default().insert(subject);
                }
            }
        }
        Ok(())
    }

    async fn keep_affected(
        &self,
        actor: &Actor,
        watched: &Watched,
        affected: &Affected,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let mut changed = Changed::default();
        let chunk = usize::try_from(CHUNK).unwrap_or(1);
        // Whoever leaves one set first may join another that excludes it.
        for joining in [false, true] {
            for (at, subjects) in affected {
                let Some(rule) = watched.rules.get(*at) else { continue };
                let subjects: Vec<Uuid> = subjects.iter().copied().collect();
                for some in subjects.chunks(chunk) {
                    if joining {
                        let ids = context.joining(rule, Some(some), None).await?;
                        context.join(rule, &ids, &mut changed).await?;
                    } else {
                        let ids = context.leaving(rule, Some(some), None).await?;
                        context.leave(rule.membership, &ids, &mut changed).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_birth(event: &Taken) -> bool {
    matches!(&*event.kind, "create" | "delete" | "restore")
}

/// Whether a change of a set may change who belongs to it.
fn of_rule(object: &Object, changed: &[Slot]) -> bool {
    changed.iter().filter_map(|slot| object.at(*slot)).any(|field| {
        let rule = object.kept.expressions.iter();
        matches!(field.kind, FieldType::Boolean)
            || rule.flat_map(|rule| [&rule.field, &rule.over]).any(|name| *name == field.name)
    })
}

/// The object whose records are read to get from a changed record to subjects.
fn reached(via: Via, changed: ObjectIx, rule: &Rule) -> ObjectIx {
    match via {
        Via::Far(_) => rule.over,
        Via::Own | Via::Child(_) | Via::Grandchild(..) => changed,
    }
}
