//! Completeness: weighted lists of what a record should have, each shown as a computed field.

use super::Label;
use crate::Name;
use crate::expr::{Arithmetic, Expr, Function, Node, Type};
use crate::{Catalogue, Value};

/// A weighted list of what a complete record of an object has.
#[derive(Debug, Clone)]
pub struct Quality {
    /// Name, unique over all such lists.
    pub name: Name,
    /// The object.
    pub object: Name,
    /// Shown name.
    pub label: Label,
    /// The computed field that it adds to the object: the share of the weights that is met.
    pub field: Name,
    /// What belongs to it.
    pub items: Vec<QualityItem>,
}

/// One thing that a record should have.
#[derive(Debug, Clone)]
pub struct QualityItem {
    /// Stable code, unique in its list.
    pub code: Name,
    /// Shown name.
    pub label: Label,
    /// Asked only of records where this holds.
    pub when: Option<Expr>,
    /// Whether it is there.
    pub met: Expr,
    /// How much it counts.
    pub weight: u32,
    /// Who can supply it.
    pub by: Vec<Supplier>,
    /// Field to fill in.
    pub at: Option<Name>,
}

/// Who can supply what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supplier {
    /// The customer themselves.
    Customer,
    /// Whoever looks after them.
    Manager,
    /// Operations.
    Operations,
}

impl Supplier {
    /// Its name in packs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Supplier::Customer => "customer",
            Supplier::Manager => "manager",
            Supplier::Operations => "operations",
        }
    }
}

impl Quality {
    /// Digits of the share after the point.
    const DIGITS: i64 = 4;

    /// The share of the weights of the items asked for that is met; empty when none is asked for.
    #[must_use]
    pub fn formula(&self, catalogue: &Catalogue) -> Expr {
        let number = |number: i64| Node::Literal(Value::Number(number.into()));
        let counted = |condition: Option<Node>, weight: u32| match condition {
            None => number(weight.into()),
            Some(condition) => {
                Node::If(Box::new(condition), Box::new(number(weight.into())), Box::new(number(0)))
            }
        };
        let total = |terms: Vec<Node>| {
            let sum =
                |a: Node, b: Node| Node::Arithmetic(Arithmetic::Add, Box::new(a), Box::new(b));
            terms.into_iter().reduce(sum).unwrap_or_else(|| number(0))
        };
        let asked = self
            .items
            .iter()
            .map(|item| counted(item.when.as_ref().map(|when| when.root.clone()), item.weight));
        let met = self.items.iter().map(|item| {
            let met = item.met.root.clone();
            let condition = match &item.when {
                Some(when) => Node::And(vec![when.root.clone(), met]),
                None => met,
            };
            counted(Some(condition), item.weight)
        });
        let (met, asked) = (Box::new(total(met.collect())), Box::new(total(asked.collect())));
        let share = Node::Arithmetic(Arithmetic::Div, met, asked);
        let root = Node::Call(Function::Round, vec![share, number(Self::DIGITS)]);
        let source = crate::expr::print(&root, catalogue).into();
        Expr { source, root, ty: Type::Number }
    }
}
