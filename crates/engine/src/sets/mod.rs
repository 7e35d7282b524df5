//! Sets whose members a rule keeps: customers who carry a tag because a condition holds for them.
//!
//! Which objects are sets and memberships is said by definitions. A set's rule is part of its
//! record, so people who may edit the set write it; the platform keeps the members: after each
//! change that a rule reads, and once a day over all. Both do the same two queries, so that a
//! repeat changes nothing.

mod condition;
mod exclusive;
mod keep;
mod reads;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use schema::catalogue::base;
use schema::expr::{Comparison, Node};
use schema::kept::Membership;
use schema::{Catalogue, Object, ObjectIx, Slot, Value};
use uuid::Uuid;

use crate::moment::Moment;
use crate::org::Reader;
use crate::rights::own_field;
use crate::{Engine, Error};
use reads::Reads;

pub(crate) use keep::{CHUNK, Changed, KIND as KEEP_SETS};
pub(crate) use reads::Via;

/// Rules in force at most; more are not kept.
const RULES: u32 = 1_000;

/// A set's rule, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Object of the memberships.
    pub membership: ObjectIx,
    /// The set.
    pub set: Uuid,
    /// Object of the subjects.
    pub over: ObjectIx,
    /// Who belongs.
    pub condition: Node,
    /// The rule as written.
    pub text: Arc<str>,
    reads: Vec<Reads>,
}

/// The rules in force and what they read, as of an epoch and a catalogue.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    epoch: u64,
    catalogue: u64,
    /// In the order of sets' ids.
    pub rules: Vec<Rule>,
    wanted: HashMap<ObjectIx, Wanted>,
}

/// Which changes of one object matter to some rule.
#[derive(Debug, Default)]
struct Wanted {
    /// That a record comes or goes.
    born: bool,
    /// That one of these changes.
    slots: BTreeSet<Slot>,
    /// References by which aggregates reach the record.
    parents: BTreeSet<Slot>,
}

/// What happened to one record, as far as rules ask.
#[derive(Clone, Copy)]
pub(crate) struct Happened<'a> {
    pub object: ObjectIx,
    pub created: bool,
    pub changed: &'a [Slot],
}

impl Watched {
    /// Whether a reaction waits for this.
    fn wants(&self, catalogue: &Catalogue, happened: &Happened<'_>) -> bool {
        let rules = catalogue.at(happened.object).is_some_and(|object| object.kept.rules);
        rules
            || self.wanted.get(&happened.object).is_some_and(|wanted| {
                (happened.created && wanted.born)
                    || happened.changed.iter().any(|slot| wanted.slots.contains(slot))
            })
    }

    /// References of `object` by which rules reach its records.
    pub fn parents(&self, object: ObjectIx) -> impl Iterator<Item = Slot> + '_ {
        self.wanted.get(&object).into_iter().flat_map(|wanted| wanted.parents.iter().copied())
    }

    fn note(&mut self, rule: &Rule) {
        for reads in &rule.reads {
            let wanted = self.wanted.entry(reads.object).or_default();
            wanted.born |= reads.born;
            wanted.slots.extend(reads.slots.iter().copied());
            if let Via::Child(by) | Via::Grandchild(by, _) = reads.via {
                wanted.parents.insert(by);
            }
        }
    }
}

impl Rule {
    /// How a change leads to subjects whose membership may differ now.
    pub fn touched(&self, happened: Happened<'_>) -> impl Iterator<Item = Via> + '_ {
        let Happened { object, created, changed } = happened;
        let slots: Vec<Slot> = changed.to_vec();
        self.reads
            .iter()
            .filter(move |reads| {
                reads.object == object
                    && ((created && reads.born)
                        || slots.iter().any(|slot| reads.slots.contains(slot)))
            })
            .map(|reads| reads.via)
    }
}

impl Engine {
    /// Whether an event about this is to wait for reactions. As long as a node has not read the
    /// rules again after they changed, every event waits.
    pub(crate) fn wants(&self, catalogue: &Catalogue, happened: &Happened<'_>) -> bool {
        let watched = self.watched.load();
        if watched.catalogue == catalogue.version
            && watched.epoch == self.epoch.load(Ordering::Acquire)
        {
            return watched.wants(catalogue, happened);
        }
        catalogue.memberships().any(|(_, _, membership)| membership.rule.is_some())
    }

    /// Records that a changed or deleted one referred to before and that rules read it from.
    pub(crate) fn left(
        &self,
        object: ObjectIx,
        before: &[Value],
        deleted: bool,
        changed: &[Slot],
    ) -> Vec<Uuid> {
        let watched = self.watched.load();
        let parents = watched.parents(object).filter(|slot| deleted || changed.contains(slot));
        let id = |slot: Slot| match before.get(usize::from(slot.0)) {
            Some(Value::Id(id) | Value::Link(_, id)) => Some(*id),
            _ => None,
        };
        parents.filter_map(id).collect()
    }

    /// The rules in force. Costs nothing while neither a set nor a definition changes, else one
    /// query for each kind of set.
    pub(crate) async fn watched(&self) -> Result<Arc<Watched>, Error> {
        let catalogue = self.catalogue();
        let epoch = self.epoch.load(Ordering::Acquire);
        let kept = self.watched.load_full();
        if kept.epoch == epoch && kept.catalogue == catalogue.version {
            return Ok(kept);
        }
        let mut watched = Watched { epoch, catalogue: catalogue.version, ..Watched::default() };
        for (ix, object, membership) in catalogue.memberships() {
            for rule in self.rules_of(&catalogue, (ix, object), membership).await? {
                watched.note(&rule);
                watched.rules.push(rule);
            }
        }
        watched.rules.sort_by_key(|rule| rule.set);
        let watched = Arc::new(watched);
        if self.epoch.load(Ordering::Acquire) == epoch {
            self.watched.store(watched.clone());
        }
        Ok(watched)
    }

    async fn rules_of(
        &self,
        catalogue: &Arc<Catalogue>,
        (ix, object): (ObjectIx, &Object),
        membership: &Membership,
    ) -> Result<Vec<Rule>, Error> {
        let Some((set_ix, rule, over)) = rule_fields(catalogue, object, membership) else {
            return Ok(Vec::new());
        };
        let active = membership.active.as_ref();
        let active = active.and_then(|name| catalogue.at(set_ix)?.slot_of(name));
        let mut parts = vec![not_empty(own_field(set_ix, rule))];
        parts.extend(active.map(|slot| is(set_ix, slot, Value::Bool(true))));
        let moment = Moment::new(catalogue.clone(), self.now());
        let platform = self.system(None, "rules");
        let reader = Reader { engine: self, catalogue, moment: &moment, platform: &platform };
        let columns = [base::ID, rule, over].map(|slot| own_field(set_ix, slot)).to_vec();
        let filter = Some(Node::And(parts));
        let rows = reader.select(set_ix, columns, filter, (None, RULES + 1)).await?;
        if rows.len() > usize::try_from(RULES).unwrap_or(usize::MAX) {
            tracing::warn!(object = %object.name, most = RULES, "there are more rules than are kept");
        }
        let mut rules = Vec::new();
        for row in rows.into_iter().take(usize::try_from(RULES).unwrap_or(usize::MAX)) {
            let [Value::Id(set), Value::Text(text), Value::Text(over)] = row.as_slice() else {
                continue;
            };
            let Some((over, _)) = catalogue.object(over) else { continue };
            match schema::expr::parse_condition(text, catalogue, over) {
                Ok(parsed) => rules.push(Rule {
                    membership: ix,
                    set: *set,
                    over,
                    reads: reads::of(catalogue, over, &parsed.root),
                    condition: parsed.root,
                    text: text.clone(),
                }),
                // It was right when it was saved; definitions have changed since.
                Err(error) => tracing::warn!(%set, %error, "a rule is not right any more"),
            }
        }
        Ok(rules)
    }
}

/// Object of the sets, its field with the rule, and its field that names the rule's object.
fn rule_fields(
    catalogue: &Catalogue,
    object: &Object,
    membership: &Membership,
) -> Option<(ObjectIx, Slot, Slot)> {
    let (_, set) = object.field(membership.set.as_str())?;
    let (set_ix, set) = catalogue.only_target(set)?;
    let rule = membership.rule.as_ref()?;
    let expression = set.kept.expressions.iter().find(|each| each.field == *rule)?;
    Some((set_ix, set.slot_of(rule)?, set.slot_of(&expression.over)?))
}

/// `slot = value`.
pub(crate) fn is(object: ObjectIx, slot: Slot, value: Value) -> Node {
    let left = Box::new(own_field(object, slot));
    Node::Compare(Comparison::Eq, left, Box::new(Node::Literal(value)))
}

fn not_empty(node: Node) -> Node {
    Node::Not(Box::new(Node::IsEmpty(Box::new(node))))
}

/// Not past its last day.
fn in_force(object: ObjectIx, until: Slot, today: kernel::Date) -> Node {
    let until = own_field(object, until);
    Node::Or(vec![
        Node::IsEmpty(Box::new(until.clone())),
        Node::Compare(Comparison::Ge, Box::new(until), Box::new(Node::Literal(Value::Date(today)))),
    ])
}
