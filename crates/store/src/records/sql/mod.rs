//! Expressions as SQL for both databases, with every constant bound.
//!
//! Arithmetic, calendar and text functions have one name in both: on SQLite they are Rust
//! functions registered on each connection, on PostgreSQL SQL functions made by
//! [`Store::prepare`](crate::Store::prepare). What no database can answer (an order of encrypted
//! values, say) is refused, never guessed.

mod aggregate;
mod call;
mod compare;
mod few;
mod frame;
mod node;
mod rep;

use schema::catalogue::Catalogue;
use schema::expr::{Env, Node};
use schema::{ObjectIx, Value};

pub(crate) use self::frame::{Frame, Scope};
pub(crate) use self::rep::{Rep, Sql};

use super::Cipher;
use super::plan::Plans;
use crate::Error;
use crate::db::{Cell, Dialect};

/// Formulas that lie in formulas, at most.
const DEPTH: u32 = 32;
/// Ids bound one by one before the org tree is asked instead.
const BOUND_UNITS: usize = 32;

/// Compiles the expressions of one statement.
pub(crate) struct Compiler<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) plans: &'a Plans,
    pub(crate) env: &'a Env<'a>,
    pub(crate) cipher: &'a dyn Cipher,
    pub(crate) dialect: Dialect,
    pub(crate) params: Vec<Cell>,
    pub(crate) scopes: Vec<Scope>,
    frames: Vec<Frame>,
    aliases: u32,
    depth: u32,
    /// Aggregates of the outermost record by what they are over, where they are gathered.
    gathered: Option<Vec<aggregate::Gathered>>,
}

impl<'a> Compiler<'a> {
    /// A compiler whose outermost record is of `object`, under the alias `t0`.
    pub(crate) fn new(
        (catalogue, plans): (&'a Catalogue, &'a Plans),
        object: ObjectIx,
        env: &'a Env<'a>,
        cipher: &'a dyn Cipher,
        dialect: Dialect,
    ) -> Result<Compiler<'a>, Error> {
        plans.at(object)?;
        let mut compiler = Compiler {
            catalogue,
            plans,
            env,
            cipher,
            dialect,
            params: Vec::new(),
            scopes: Vec::new(),
            frames: Vec::new(),
            aliases: 0,
            depth: 0,
            gathered: None,
        };
        compiler.enter(object);
        Ok(compiler)
    }

    /// A condition that is true or not (never anything but true passes).
    pub(crate) fn condition(&mut self, node: &Node) -> Result<String, Error> {
        let compiled = self.node(node)?;
        self.as_condition(compiled)
    }

    /// Binds a cell and returns how SQL names it.
    pub(crate) fn bind(&mut self, cell: Cell) -> String {
        let cast = match (&cell, self.dialect) {
            (_, Dialect::Sqlite) | (Cell::Null, _) => "",
            (Cell::Int(_), _) => "::bigint",
            (Cell::Text(_), _) => "::text",
            (Cell::Bytes(_), _) => "::bytea",
            (Cell::Uuid(_), _) => "::uuid",
        };
        self.params.push(cell);
        let mark = super::names::parameter(self.dialect, self.params.len());
        format!("{mark}{cast}")
    }

    /// The value of a node that no record decides.
    pub(crate) fn constant(&self, node: &Node) -> Option<Value> {
        Some(match node {
            Node::Literal(value) => value.clone(),
            Node::Duration(micros) => Value::Number((*micros).into()),
            node if depends(node) => return None,
            node => node.eval(&Nothing, self.env),
        })
    }
}

/// A record that a constant never looks at.
struct Nothing;

impl schema::expr::Record for Nothing {
    fn field(&self, _: &schema::expr::Path) -> Value {
        Value::Null
    }
    fn aggregate(&self, _: &schema::expr::Aggregate) -> Value {
        Value::Null
    }
    fn reachable(&self, _: schema::Slot, _: ObjectIx, _: &Node) -> bool {
        false
    }
    fn shared(&self) -> bool {
        false
    }
}

/// Whether a node's value depends on a record.
fn depends(node: &Node) -> bool {
    use schema::expr::ActorAttribute::Shared;
    match node {
        Node::Field(_) | Node::Aggregate(_) | Node::Reachable { .. } | Node::Actor(Shared) => true,
        Node::Literal(_) | Node::Duration(_) | Node::Param(_) | Node::Actor(_) => false,
        Node::Not(inner) | Node::IsEmpty(inner) | Node::Negate(inner) => depends(inner),
        Node::And(parts) | Node::Or(parts) | Node::List(parts) | Node::Call(_, parts) => {
            parts.iter().any(depends)
        }
        Node::Compare(_, a, b) | Node::In(a, b) | Node::Arithmetic(_, a, b) => {
            depends(a) || depends(b)
        }
        Node::Between(a, b, c) | Node::If(a, b, c) => depends(a) || depends(b) || depends(c),
    }
}

fn unsupported<T>(what: impl Into<String>) -> Result<T, Error> {
    Err(Error::Unsupported(what.into()))
}
