//! Rules between edges: no circle where none may be, no share beyond the whole, no edge twice at a
//! time.
//!
//! They depend on other records, whoever may see those, and on edges decided in the same write. What
//! they count on is claimed, so that two writers who would break a rule together do not both get
//! through. A refusal says which rule, never what the other records hold.

use std::collections::{HashMap, HashSet};

use finance::spans::{Span, most_at_once};
use kernel::Decimal;
use schema::catalogue::base;
use schema::edge::{Edge, Ownership};
use schema::expr::{Node, Path};
use schema::{FieldType, Object, ObjectIx, Slot, Value};
use store::records::{Fan, FanKey, Select};
use uuid::Uuid;

use super::decide::Visible;
use super::facts::targets;
use super::lines::Claim;
use super::record::id_of;
use super::submit::{Context, Subject};
use crate::rights::{own_field, points_to};
use crate::{Error, Refusal, Violation};

/// Most edges of one record that a rule looks at.
const EDGES: u32 = 5_000;
/// Most records that a search for circles passes.
const PASSED: usize = 500;

/// An edge as rules see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tied {
    object: ObjectIx,
    id: Uuid,
    from: (ObjectIx, Uuid),
    to: (ObjectIx, Uuid),
    kind: String,
    share: Option<Decimal>,
    span: Span,
}

/// What rules ask of other edges.
#[derive(Default)]
struct Others {
    /// Spans of edges of the same kind between the same records.
    same: Vec<Span>,
    /// Shares of the record on the other side.
    shares: Vec<(Span, Decimal)>,
    /// Whether the other side already leads to the first.
    circular: bool,
}

impl Context<'_> {
    /// Decides the rules of an edge whose own values are valid, and notes it for edges decided after
    /// it. Costs nothing where the edge did not change; else one query for the same edge (two when
    /// both sides are alike), two for shares, and two for each step back where no circle may be.
    pub(super) async fn rule_edge(
        &self,
        (ix, object): Subject<'_>,
        before: Option<&[Value]>,
        after: &[Value],
        seen: &mut Visible,
    ) -> Result<Vec<Claim>, Error> {
        let Some(edge) = &object.edge else { return Ok(Vec::new()) };
        let tied = |values| self.tied((ix, edge), values);
        let Some(now) = tied(after) else { return Ok(Vec::new()) };
        if before.and_then(tied).as_ref() == Some(&now) {
            return Ok(Vec::new());
        }
        let mut claims = Vec::new();
        let mut others = Others::default();
        let symmetric = self.is_symmetric(object, edge, &now.kind);
        others.same = self.same((ix, edge), &now, symmetric, seen).await?;
        let ownership = edge.ownership.as_ref().filter(|own| own.kinds.contains(&now.kind));
        if let Some(ownership) = ownership.filter(|own| own.total_max.is_some()) {
            claims.extend(self.counted_on(ix, &[now.to.1]).await?);
            others.shares = self.shares((ix, edge), ownership, &now, seen).await?;
        }
        if edge.acyclic.contains(&now.kind) {
            let (circular, passed) = self.leads_back((ix, edge), &now, seen).await?;
            others.circular = circular;
            claims.extend(passed);
        }
        let violations = broken(object, edge, &now, &others);
        if !violations.is_empty() {
            return Err(Refusal::Invalid(violations).into());
        }
        seen.note(now);
        Ok(claims)
    }

    fn tied(&self, (ix, edge): (ObjectIx, &Edge), values: &[Value]) -> Option<Tied> {
        let at = |slot: Slot| values.get(usize::from(slot.0));
        let end = |slot: Slot| targets(self.catalogue, ix, slot, at(slot)?).pop();
        let day = |slot: Option<Slot>| match at(slot?)? {
            Value::Date(day) => Some(*day),
            _ => None,
        };
        let share = edge.share.and_then(at).and_then(|value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        });
        let Value::Text(kind) = at(edge.kind)? else { return None };
        Some(Tied {
            object: ix,
            id: id_of(values),
            from: end(edge.from)?,
            to: end(edge.to)?,
            kind: kind.to_string(),
            share,
            span: Span { start: day(edge.start), end: day(edge.end) },
        })
    }

    fn is_symmetric(&self, object: &Object, edge: &Edge, kind: &str) -> bool {
        let field = object.at(edge.kind).map(|field| &field.kind);
        let Some(FieldType::Select { options }) = field else { return false };
        let item = self.catalogue.options.get(options).and_then(|set| set.items.get(kind));
        item.and_then(|item| item.tie.as_ref()).is_some_and(|tie| tie.symmetric)
    }

    /// Spans of other edges of the same kind between the same two.
    async fn same(
        &self,
        (ix, edge): (ObjectIx, &Edge),
        now: &Tied,
        symmetric: bool,
        seen: &Visible,
    ) -> Result<Vec<Span>, Error> {
        let mut spans = Vec::new();
        let mut ways = vec![(now.from, now.to)];
        if symmetric {
            ways.push((now.to, now.from));
        }
        let mut found: HashMap<Uuid, Span> = HashMap::new();
        for (from, to) in &ways {
            let mut filter = self.points_to(ix, edge.from, *from);
            filter.extend(self.points_to(ix, edge.to, *to));
            filter.push(is_kind(ix, edge, std::slice::from_ref(&now.kind)));
            let filter = Node::And(filter);
            for row in self.edges((ix, edge), &filter).await? {
                found.insert(row.id, row.span);
            }
        }
        let pending = seen.edges(ix).filter(|tied| tied.kind == now.kind);
        for tied in pending {
            found.remove(&tied.id);
            if ways.contains(&(tied.from, tied.to)) {
                found.insert(tied.id, tied.span);
            }
        }
        found.remove(&now.id);
        spans.extend(found.into_values());
        Ok(spans)
    }

    /// Shares that others hold of what the edge is about.
    async fn shares(
        &self,
        (ix, edge): (ObjectIx, &Edge),
        ownership: &Ownership,
        now: &Tied,
        seen: &Visible,
    ) -> Result<Vec<(Span, Decimal)>, Error> {
        let mut filter = self.points_to(ix, edge.to, now.to);
        filter.push(is_kind(ix, edge, &ownership.kinds));
        let filter = Node::And(filter);
        let mut found: HashMap<Uuid, (Span, Decimal)> = HashMap::new();
        for row in self.edges((ix, edge), &filter).await? {
            found.insert(row.id, (row.span, row.share.unwrap_or_default()));
        }
        for tied in seen.edges(ix) {
            found.remove(&tied.id);
            if tied.to == now.to && ownership.kinds.contains(&tied.kind) {
                found.insert(tied.id, (tied.span, tied.share.unwrap_or_default()));
            }
        }
        found.remove(&now.id);
        Ok(found.into_values().collect())
    }

    fn points_to(&self, ix: ObjectIx, slot: Slot, to: (ObjectIx, Uuid)) -> Vec<Node> {
        points_to(self.catalogue, &Path { steps: Vec::new(), object: ix, slot, up: 0 }, to)
    }

    /// Stored edges that meet `filter`, whoever may see them.
    async fn edges(&self, (ix, edge): (ObjectIx, &Edge), filter: &Node) -> Result<Vec<Row>, Error> {
        let slots = [Some(base::ID), edge.start, edge.end, edge.share];
        let columns = slots.map(|slot| own_field(ix, slot.unwrap_or(base::ID))).to_vec();
        let select =
            Select { columns, filter: Some(filter), limit: EDGES + 1, ..Select::of(ix, &self.env) };
        let rows = self.engine.store().select(self.catalogue, &select).await?;
        if rows.len() > usize::try_from(EDGES).unwrap_or(usize::MAX) {
            let reason = format!("more than {EDGES} edges bear on it");
            return Err(Refusal::Conflict { code: "too_many_referrers", reason }.into());
        }
        Ok(rows.iter().filter_map(|row| Row::of(row)).collect())
    }

    /// Whether `to` is already reached from `from` backwards along edges that make no circle, and
    /// what the search counted on.
    async fn leads_back(
        &self,
        (ix, edge): (ObjectIx, &Edge),
        now: &Tied,
        seen: &Visible,
    ) -> Result<(bool, Vec<Claim>), Error> {
        let mut claims = self.counted_on(ix, &[now.to.1]).await?;
        let mut passed = HashSet::from([now.from.1]);
        let mut frontier = vec![now.from];
        while !frontier.is_empty() {
            let ids: Vec<Uuid> = frontier.iter().map(|(_, id)| *id).collect();
            claims.extend(self.counted_on(ix, &ids).await?);
            let mut before = self.before((ix, edge), now.id, &frontier).await?;
            let pending = seen.edges(ix).filter(|tied| {
                tied.id != now.id && edge.acyclic.contains(&tied.kind) && ids.contains(&tied.to.1)
            });
            before.extend(pending.map(|tied| tied.from));
            if before.contains(&now.to) {
                return Ok((true, claims));
            }
            before.retain(|(_, id)| passed.insert(*id));
            if passed.len() > PASSED {
                let reason = format!("more than {PASSED} records lead to it");
                return Err(Refusal::Conflict { code: "too_deep", reason }.into());
            }
            frontier = before;
        }
        Ok((now.from == now.to, claims))
    }

    /// First sides of stored edges without circles that lead to one of `spots`.
    async fn before(
        &self,
        (ix, edge): (ObjectIx, &Edge),
        but: Uuid,
        spots: &[(ObjectIx, Uuid)],
    ) -> Result<Vec<(ObjectIx, Uuid)>, Error> {
        let mut keys = Vec::with_capacity(spots.len() * edge.acyclic.len());
        for (object, id) in spots {
            let Some(object) = self.catalogue.at(*object) else { continue };
            keys.extend(edge.acyclic.iter().map(|kind| FanKey {
                object: object.name.clone(),
                id: *id,
                kind: Some(kind.clone()),
            }));
        }
        let rows = Select {
            columns: vec![own_field(ix, base::ID), own_field(ix, edge.from)],
            limit: u32::try_from(PASSED).unwrap_or(u32::MAX),
            ..Select::of(ix, &self.env)
        };
        let fan = Fan { rows, by: edge.to, kind: edge.kind, keys: &keys, window: EDGES };
        let rows = self.engine.store().fan(self.catalogue, &fan).await?;
        let first = |row: &Vec<Value>| match row.as_slice() {
            [Value::Id(id), from] if *id != but => {
                targets(self.catalogue, ix, edge.from, from).pop()
            }
            _ => None,
        };
        Ok(rows.iter().filter_map(first).collect())
    }
}

/// A stored edge, as far as rules about sums and spans see it.
struct Row {
    id: Uuid,
    span: Span,
    share: Option<Decimal>,
}

impl Row {
    fn of(row: &[Value]) -> Option<Row> {
        let [Value::Id(id), start, end, share] = row else { return None };
        let day = |value: &Value| match value {
            Value::Date(day) => Some(*day),
            _ => None,
        };
        let share = match share {
            Value::Number(share) => Some(*share),
            _ => None,
        };
        Some(Row { id: *id, span: Span { start: day(start), end: day(end) }, share })
    }
}

fn is_kind(ix: ObjectIx, edge: &Edge, kinds: &[String]) -> Node {
    let kinds: Vec<Value> = kinds.iter().map(|kind| Value::text(kind.as_str())).collect();
    let list = Node::Literal(Value::List(kinds.into()));
    Node::In(Box::new(own_field(ix, edge.kind)), Box::new(list))
}

/// Every rule that the edge breaks beside the others. Pure.
fn broken(object: &Object, edge: &Edge, now: &Tied, others: &Others) -> Vec<Violation> {
    let at = |slot: Slot, code: &str| {
        Violation::new(object.at(slot).map_or("", |field| field.name.as_str()), code)
    };
    let mut violations = Vec::new();
    if now.from == now.to {
        violations.push(at(edge.to, "graph_self"));
    }
    if now.span.is_backwards() {
        violations.push(at(edge.end.unwrap_or(edge.to), "graph_backwards"));
    }
    if !violations.is_empty() {
        return violations;
    }
    if others.circular {
        violations.push(at(edge.to, "graph_circular"));
    }
    if others.same.iter().any(|span| span.overlaps(now.span)) {
        violations.push(at(edge.start.unwrap_or(edge.to), "graph_overlap"));
    }
    let most = edge.ownership.as_ref().and_then(|own| own.total_max);
    if let (Some(most), Some(share)) = (most.filter(|_| owns(edge, now)), now.share) {
        let held = most_at_once(&others.shares, now.span);
        if held.checked_add(share).is_none_or(|total| total > most) {
            let slot = edge.share.unwrap_or(edge.to);
            violations.push(at(slot, "share_total").with("max", most.to_string()));
        }
    }
    violations
}

fn owns(edge: &Edge, now: &Tied) -> bool {
    edge.ownership.as_ref().is_some_and(|own| own.kinds.contains(&now.kind))
}

impl Visible {
    /// Edges of `object` decided before in the same write, the newest of each record.
    fn edges(&self, object: ObjectIx) -> impl Iterator<Item = &Tied> {
        self.tied.iter().filter(move |tied| tied.object == object)
    }

    fn note(&mut self, tied: Tied) {
        self.tied.retain(|known| known.id != tied.id);
        self.tied.push(tied);
    }
}
