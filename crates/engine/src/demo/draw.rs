//! Working a generator out for one row.

use std::rc::Rc;

use jiff::ToSpan;
use kernel::Date;
use kernel::time::{date_from_days, days_since_epoch, shanghai_instant};
use schema::expr::{Expr, Function, Node};
use schema::{Slot, Value};

use super::bind::Kind;
use super::dice::{self, Dice};
use super::identity;
use super::make::{Make, Maker, Pick, Piece, scaled, unscaled, whole};
use super::row::{Cell, Row, World, shown};

impl<'a> World<'a> {
    /// The value of `slot` by its generator; `None` where it is empty.
    pub fn draw(&'a self, row: &Rc<Row>, slot: Slot, maker: &'a Maker) -> Option<Cell> {
        let hash = dice::fold(row.hash, maker.hash);
        if maker.percent.is_some_and(|percent| Dice::new(!hash).below(100) >= percent) {
            return None;
        }
        if maker.when.as_ref().is_some_and(|when| !when.holds(&self.at(row), &self.env)) {
            return None;
        }
        let mut dice = Dice::new(hash);
        match &maker.make {
            Make::Same(expr) => self.same(row, &expr.root),
            Make::Pick(pick) => self.pick(row, pick, &mut dice),
            Make::Row { table, at, of } => {
                let at = u32::try_from(self.number(row, at)?).ok()?;
                let found = match of {
                    None => self.root(*table, at)?,
                    Some(of) => {
                        let up = self.row_of(row, &of.root)?;
                        if at >= self.each(*table, &up) {
                            return None;
                        }
                        self.child(*table, &up, at, None)?
                    }
                };
                Some(Cell::Row(found.table, found.key))
            }
            Make::Find { table, by, is, at } => {
                let at = match at {
                    Some(at) => self.number(row, at)?,
                    None => 0,
                };
                let value = self.eval(row, is);
                let index = self.index(*table, *by);
                let places = index.get(&shown(&value)).filter(|_| !value.is_empty())?;
                let place = places.get(usize::try_from(at).ok()? % places.len())?;
                let found = self.root(*table, *place)?;
                Some(Cell::Row(found.table, found.key))
            }
            Make::Shuffle { index, over } => {
                let index = u64::try_from(self.number(row, index)?).ok()?;
                let over = u64::try_from(self.number(row, over)?).ok()?;
                // One shuffle for the whole step: the draw must not differ from row to row.
                let place = dice::shuffled(index, over, maker.hash);
                if place.is_none() {
                    self.note(row, slot, "more rows than the shuffle is over");
                }
                Some(Cell::Value(Value::Number(place?.into())))
            }
            Make::Split { total, into, at, scale } => {
                let total = scaled(&self.eval(row, total), *scale)?;
                let into = u64::try_from(self.number(row, into)?).ok()?;
                let at = match at {
                    Some(at) => u64::try_from(self.number(row, at)?).ok()?,
                    None => u64::from(row.nth()),
                };
                let shared = row.up.as_ref().map_or(row.hash, |up| up.hash);
                let part = dice::part(total, into, at, dice::fold(shared, maker.hash))?;
                Some(Cell::Value(unscaled(part, *scale)))
            }
            make => self.scalar(row, make, &mut dice).map(Cell::Value),
        }
    }

    fn scalar(&'a self, row: &Rc<Row>, make: &Make, dice: &mut Dice) -> Option<Value> {
        match make {
            Make::Value(expr) => Some(self.eval(row, expr)),
            Make::Weights(weights) => {
                let at = dice.weighted(weights.iter().map(|(_, weight)| *weight))?;
                weights.get(at).map(|(value, _)| value.clone())
            }
            Make::Some { of, least, most } => some_of(of, *least, *most, dice),
            Make::Chance(percent) => Some(Value::Bool(dice.below(100) < *percent)),
            Make::Whole { span: [low, high], step } => {
                let low = self.number(row, low)?;
                let steps = (self.number(row, high)? - low).max(0) / (*step).max(1);
                Some(Value::Number((low + dice.between(0, steps) * step).into()))
            }
            Make::Skewed { span: [low, high], step, scale } => {
                let low = scaled(&self.eval(row, low), *scale)?;
                let high = scaled(&self.eval(row, high), *scale)?;
                let drawn = dice.skewed(low, high.max(low));
                let units = if *step > 1 { (drawn / step * step).max(low) } else { drawn };
                Some(unscaled(units, *scale))
            }
            Make::Day(span) => self.day(row, span, dice).map(Value::Date),
            Make::Moment { span, hours: [first, last] } => {
                let day = self.day(row, span, dice)?;
                let seconds = dice.between(first * 3600, last * 3600);
                let at = day.to_datetime(jiff::civil::Time::midnight());
                let at = shanghai_instant(at.checked_add(seconds.seconds()).ok()?)?;
                Some(Value::Instant(at.min(self.env.now)))
            }
            Make::Letter(text) => {
                let text = shown(&self.eval(row, text));
                let letters = text.chars().count() as u64;
                let at = dice.below(letters).min(dice.below(letters));
                let letter = text.chars().nth(usize::try_from(at).ok()?)?;
                Some(Value::text(letter.to_string()))
            }
            Make::Birthday { serial, year } => {
                let serial = self.serial(row, serial)?;
                identity::birthday(serial, self.number(row, year)?).map(Value::Date)
            }
            Make::Format(pieces) => Some(Value::text(self.format(row, pieces))),
            make => self.identifier(row, make, dice).map(Value::text),
        }
    }

    fn identifier(&'a self, row: &Rc<Row>, make: &Make, dice: &mut Dice) -> Option<String> {
        match make {
            Make::ResidentId { serial, birth, sex, region } => {
                let Value::Date(birth) = self.eval(row, birth) else { return None };
                let male = shown(&self.eval(row, sex)) == "male";
                let region = shown(&self.eval(row, region));
                identity::resident_number(self.serial(row, serial)?, birth, &region, male)
            }
            Make::CreditCode { serial, region, authority } => {
                let region = shown(&self.eval(row, region));
                let authority = authority.as_ref().map(|prefix| shown(&self.eval(row, prefix)));
                let authority = authority.as_deref().unwrap_or("91");
                identity::credit_code(self.serial(row, serial)?, authority, &region)
            }
            Make::Mobile(serial) => identity::mobile(self.serial(row, serial)?, dice),
            Make::Card { serial, prefix, digits } => {
                let prefix = shown(&self.eval(row, prefix));
                identity::card(self.serial(row, serial)?, &prefix, *digits)
            }
            _ => None,
        }
    }

    fn eval(&'a self, row: &Rc<Row>, expr: &Expr) -> Value {
        expr.eval(&self.at(row), &self.env)
    }

    fn number(&'a self, row: &Rc<Row>, expr: &Expr) -> Option<i64> {
        whole(&self.eval(row, expr))
    }

    fn serial(&'a self, row: &Rc<Row>, expr: &Expr) -> Option<u64> {
        u64::try_from(self.number(row, expr)?).ok()
    }

    fn day(&'a self, row: &Rc<Row>, span: &[Expr; 2], dice: &mut Dice) -> Option<Date> {
        let [from, until] = span;
        let (Value::Date(from), Value::Date(until)) = (self.eval(row, from), self.eval(row, until))
        else {
            return None;
        };
        date_from_days(dice.between(days_since_epoch(from), days_since_epoch(until)))
    }

    /// The row that an expression of references points to.
    fn same(&'a self, row: &Rc<Row>, node: &Node) -> Option<Cell> {
        self.row_of(row, node).map(|row| Cell::Row(row.table, row.key))
    }

    fn row_of(&'a self, row: &Rc<Row>, node: &Node) -> Option<Rc<Row>> {
        match node {
            Node::Field(path) => {
                let mut row = row.clone();
                for (_, slot) in &path.steps {
                    row = self.target(&row, *slot)?;
                }
                self.target(&row, path.slot)
            }
            Node::If(condition, yes, no) => {
                let chosen = if condition.holds(&self.at(row), &self.env) { yes } else { no };
                self.row_of(row, chosen)
            }
            Node::Call(Function::Coalesce, parts) => {
                parts.iter().find_map(|part| self.row_of(row, part))
            }
            _ => None,
        }
    }

    fn pick(&'a self, row: &Rc<Row>, pick: &Pick, dice: &mut Dice) -> Option<Cell> {
        let Kind::List { rows, ups } = &self.table(pick.table)?.kind else {
            let at = u32::try_from(dice.below(u64::from(self.count(pick.table)))).ok()?;
            let found = self.root(pick.table, at)?;
            return Some(Cell::Row(found.table, found.key));
        };
        let outer = match &pick.of {
            Some(of) => Some(self.row_of(row, &of.root)?.nth()),
            None => None,
        };
        let around = match &pick.within {
            Some((slots, at)) => match self.eval(row, at) {
                Value::Number(at) => Some((slots, at)),
                _ => return None,
            },
            None => None,
        };
        let value = |columns: &'a [Value], slot: Slot| columns.get(usize::from(slot.0));
        let fits = |columns: &'a [Value]| {
            let Some((slots, at)) = &around else { return true };
            let bound = |place: usize| match slots.get(place).and_then(|s| value(columns, *s)) {
                Some(Value::Number(bound)) => Some(*bound),
                _ => None,
            };
            bound(0).is_none_or(|low| low <= *at) && bound(1).is_none_or(|high| *at <= high)
        };
        let weights = rows.iter().zip(ups).map(|(columns, up)| {
            if outer.is_some_and(|outer| outer != *up) || !fits(columns) {
                return 0;
            }
            match pick.weight.map(|slot| value(columns, slot)) {
                None => 1,
                Some(weight) => {
                    weight.and_then(whole).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
                }
            }
        });
        let at = dice.weighted(weights)?;
        let found = self.root(pick.table, u32::try_from(at).ok()?)?;
        Some(Cell::Row(found.table, found.key))
    }

    fn format(&'a self, row: &Rc<Row>, pieces: &[Piece]) -> String {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Value { expr, digits } => {
                    let value = shown(&self.eval(row, expr));
                    text.push_str(&format!("{value:0>digits$}"));
                }
            }
        }
        text
    }
}

impl Row {
    /// Its number under its parent.
    pub fn nth(&self) -> u32 {
        self.key.last()
    }
}

/// Between `least` and `most` different values, in order.
fn some_of(of: &[Value], least: u64, most: u64, dice: &mut Dice) -> Option<Value> {
    let size = of.len() as u64;
    let least = least.min(size);
    let mut wanted = least + dice.below(most.min(size).saturating_sub(least) + 1);
    let mut chosen = Vec::new();
    for (value, left) in of.iter().zip((1..=size).rev()) {
        if dice.below(left) < wanted {
            chosen.push(value.clone());
            wanted -= 1;
        }
    }
    (!chosen.is_empty()).then(|| Value::List(chosen.into()))
}
