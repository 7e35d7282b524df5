//! Nodes to SQL, one by one.

use schema::catalogue::base;
use schema::expr::{ActorAttribute, Aggregate, Arithmetic, Node, Path};
use schema::field::Storage;
use schema::{FieldType, ObjectIx, Slot, Value};

use super::{Compiler, Rep, Sql, unsupported};
use crate::Error;

impl Compiler<'_> {
    /// Compiles one node.
    pub(crate) fn node(&mut self, node: &Node) -> Result<Sql, Error> {
        if let Some(value) = self.constant(node)
            && !matches!(value, Value::List(_))
        {
            return self.literal(&value);
        }
        match node {
            Node::Literal(value) => self.literal(value),
            Node::Duration(micros) => self.literal(&Value::Number((*micros).into())),
            Node::Field(path) => self.path(path),
            Node::Param(_) | Node::Actor(_) | Node::List(_) => unsupported("a list as a value"),
            Node::Not(inner) => {
                let inner = self.condition(inner)?;
                Ok(Sql::new(Rep::Condition, format!("(NOT {inner})")))
            }
            Node::And(parts) => self.joined(parts, " AND ", true),
            Node::Or(parts) => self.joined(parts, " OR ", false),
            Node::Compare(op, a, b) => self.compare(*op, a, b),
            Node::In(item, list) => self.membership(item, list),
            Node::Between(x, low, high) => {
                let above = self.compare(schema::expr::Comparison::Ge, x, low)?;
                let below = self.compare(schema::expr::Comparison::Le, x, high)?;
                let text = format!("({} AND {})", above.text, below.text);
                Ok(Sql::new(Rep::Condition, text))
            }
            Node::IsEmpty(inner) => self.is_empty(inner),
            Node::Arithmetic(op, a, b) => self.arithmetic(*op, a, b),
            Node::Negate(inner) => {
                let inner = self.node(inner)?;
                let number = self.as_number(inner)?;
                Ok(Sql::new(Rep::Number, format!("jy_neg({number})")))
            }
            Node::If(condition, a, b) => {
                let condition = self.condition(condition)?;
                let parts = vec![self.node(a)?, self.node(b)?];
                let (rep, texts) = self.unified(parts)?;
                let [a, b] = texts.as_slice() else { return unsupported("a condition") };
                Ok(Sql::new(rep, format!("(CASE WHEN {condition} THEN {a} ELSE {b} END)")))
            }
            Node::Call(function, arguments) => self.call(*function, arguments),
            Node::Aggregate(aggregate) => self.aggregate(aggregate),
            Node::Reachable { via, object, condition } => self.reachable(*via, *object, condition),
        }
    }

    fn joined(&mut self, parts: &[Node], by: &str, none: bool) -> Result<Sql, Error> {
        let parts: Vec<String> =
            parts.iter().map(|part| self.condition(part)).collect::<Result<_, _>>()?;
        let text = match parts.as_slice() {
            [] => self.truth(none).to_owned(),
            [one] => one.clone(),
            several => format!("({})", several.join(by)),
        };
        Ok(Sql::new(Rep::Condition, text))
    }

    /// A field, wherever it stands: stored, formula or roll-up.
    pub(crate) fn path(&mut self, path: &Path) -> Result<Sql, Error> {
        let place = self.place(path)?;
        if self.column(&place)?.storage != Storage::Virtual {
            return self.stored(&place);
        }
        let field = self.field(place.object, place.slot)?.clone();
        match field.kind {
            FieldType::Formula { expr } => self.inside(path, |me| me.node(&expr.root)),
            FieldType::RollUp { object, by, function, value, filter, reach } => {
                let missing =
                    || Error::Internal(format!("roll-up `{}` counts nothing", field.name));
                let (ix, child) = self.catalogue.object(object.as_str()).ok_or_else(missing)?;
                let slot = |name: &schema::Name| {
                    let at = child.fields.get_index_of(name).ok_or_else(missing)?;
                    Ok::<_, Error>(Slot(u16::try_from(at).map_err(|_| missing())?))
                };
                let aggregate = Aggregate {
                    function,
                    object: ix,
                    by: slot(&by)?,
                    filter: filter.map(|filter| filter.root),
                    value: match value {
                        Some(name) => Some(Node::Field(Path {
                            steps: Vec::new(),
                            object: ix,
                            slot: slot(&name)?,
                            up: 0,
                        })),
                        None => None,
                    },
                    reach,
                };
                self.inside(path, |me| me.aggregate(&aggregate))
            }
            _ => unsupported(format!("`{}` as a value", field.name)),
        }
    }

    fn is_empty(&mut self, inner: &Node) -> Result<Sql, Error> {
        let inner = self.node(inner)?;
        let text = match inner.rep {
            Rep::List(object, slot) => {
                let table = self.list_table(object, slot)?;
                format!("(NOT EXISTS (SELECT 1 FROM {table} WHERE record = {}))", inner.text)
            }
            _ => format!("({} IS NULL)", inner.text),
        };
        Ok(Sql::new(Rep::Condition, text))
    }

    pub(crate) fn list_table(&self, object: ObjectIx, slot: Slot) -> Result<String, Error> {
        let plan = self.plans.at(object)?;
        let list = plan.lists.iter().find(|list| list.slot == slot);
        list.map(|list| list.table.clone())
            .ok_or_else(|| Error::Internal("a list field without a table".into()))
    }

    fn reachable(&mut self, via: Slot, object: ObjectIx, condition: &Node) -> Result<Sql, Error> {
        let here = self.here(0)?;
        let scope = self.enter(object);
        let id = format!("{}.\"id\"", self.scope(scope)?.alias);
        let refers = self.refers(&here.alias, (here.object, via), &id, object);
        let condition = refers.and_then(|refers| Ok((refers, self.condition(condition)?)));
        self.leave();
        let (refers, condition) = condition?;
        let from = self.from(scope)?;
        let text = format!("EXISTS (SELECT 1 FROM {from} WHERE {refers} AND {condition})");
        Ok(Sql::new(Rep::Condition, text))
    }

    fn arithmetic(&mut self, op: Arithmetic, a: &Node, b: &Node) -> Result<Sql, Error> {
        let (a, b) = (self.node(a)?, self.node(b)?);
        let sign = if op == Arithmetic::Sub { -1 } else { 1 };
        Ok(match (a.rep, b.rep) {
            (Rep::Days, Rep::Days) => {
                let text = format!("jy_duration(({} - {}) * 86400000000)", a.text, b.text);
                Sql::new(Rep::Number, text)
            }
            (Rep::Micros, Rep::Micros) => {
                Sql::new(Rep::Number, format!("jy_duration({} - {})", a.text, b.text))
            }
            (Rep::Days, _) => {
                let (date, length) = (a.text, self.as_number(b)?);
                Sql::new(Rep::Days, format!("jy_date_add({date}, {length}, {sign})"))
            }
            (Rep::Micros, _) => {
                let (at, length) = (a.text, self.as_number(b)?);
                Sql::new(Rep::Micros, format!("jy_instant_add({at}, {length}, {sign})"))
            }
            (Rep::Text, _) | (_, Rep::Text) => {
                let (a, b) = (self.as_text(a)?, self.as_text(b)?);
                Sql::new(Rep::Text, format!("({a} || {b})"))
            }
            (Rep::Empty, Rep::Empty) => a,
            _ => {
                let name = match op {
                    Arithmetic::Add => "jy_add",
                    Arithmetic::Sub => "jy_sub",
                    Arithmetic::Mul => "jy_mul",
                    Arithmetic::Div => "jy_div",
                    Arithmetic::Rem => "jy_rem",
                };
                let (a, b) = (self.as_number(a)?, self.as_number(b)?);
                Sql::new(Rep::Number, format!("{name}({a}, {b})"))
            }
        })
    }

    /// The records shared with the actor.
    pub(crate) fn shared(&mut self) -> String {
        let me = self.bind(self.env.me.unwrap_or_default().into());
        let now = self.bind(self.env.now.into());
        format!(
            "SELECT record FROM jy_share WHERE user_id = {me} \
             AND (expires_at IS NULL OR expires_at > {now})"
        )
    }

    /// The units of a long list, as the org tree knows them.
    pub(crate) fn subtree(&mut self) -> String {
        let roots: Vec<String> = self.env.units.iter().map(|unit| self.bind_id(*unit)).collect();
        format!(
            "SELECT descendant FROM jy_org_closure WHERE ancestor IN ({})",
            if roots.is_empty() { "NULL".to_owned() } else { roots.join(", ") }
        )
    }

    fn bind_id(&mut self, id: uuid::Uuid) -> String {
        self.bind(id.into())
    }

    /// Whether `list` is the actor's subtree, too long to be bound one by one.
    pub(crate) fn is_long_subtree(&self, list: &Node) -> bool {
        matches!(list, Node::Actor(ActorAttribute::Subtree))
            && self.env.subtree.len() > super::BOUND_UNITS
            && !self.env.units.is_empty()
    }

    /// The id column of the record at hand.
    pub(crate) fn id_here(&mut self) -> Result<String, Error> {
        let mut place = self.here(0)?;
        place.slot = base::ID;
        Ok(self.stored(&place)?.text)
    }
}
