//! Several questions at once: pages of rows, groups and counts of any objects, which do not depend
//! on each other.

use schema::{Catalogue, Value};

use super::group::{AggregateQuery, Grouped};
use super::select::{Select, Shape, Statement, number_of};
use crate::db::Cell;
use crate::{Error, Store};

/// One question.
pub enum Ask<'a> {
    /// A page of rows.
    Rows(Select<'a>),
    /// Groups with their measures.
    Groups(AggregateQuery<'a>),
    /// How many rows there are, as the only value of the only row; counting stops at the number.
    Count(Select<'a>, u32),
}

/// A question compiled, with what makes values of its cells.
enum Compiled {
    Rows(Statement, Shape),
    Groups(Grouped),
    Count(Statement),
    /// Nothing can match.
    Nothing,
}

impl Compiled {
    fn statement(&self) -> Option<&Statement> {
        match self {
            Compiled::Rows(statement, _) | Compiled::Count(statement) => Some(statement),
            Compiled::Groups(grouped) => Some(&grouped.statement),
            Compiled::Nothing => None,
        }
    }
}

impl Store {
    /// Answers each question with its rows, in the order asked.
    ///
    /// One statement for each, all sent before the first is answered; one more for each list field
    /// among the columns.
    pub async fn ask(
        &self,
        catalogue: &Catalogue,
        asks: &[Ask<'_>],
    ) -> Result<Vec<Vec<Vec<Value>>>, Error> {
        let plans = self.plans(catalogue);
        let mut compiled = Vec::with_capacity(asks.len());
        for ask in asks {
            compiled.push(match ask {
                Ask::Rows(select) => self
                    .compiled(catalogue, &plans, select)?
                    .map_or(Compiled::Nothing, |(statement, shape)| {
                        Compiled::Rows(statement, shape)
                    }),
                Ask::Groups(query) => self
                    .grouped(catalogue, &plans, query)?
                    .map_or(Compiled::Nothing, Compiled::Groups),
                Ask::Count(select, cap) => self
                    .counted(catalogue, &plans, select, Some(*cap))?
                    .map_or(Compiled::Nothing, Compiled::Count),
            });
        }
        let statements: Vec<(&str, &[Cell])> = compiled
            .iter()
            .filter_map(Compiled::statement)
            .map(|statement| (statement.sql.as_str(), statement.params.as_slice()))
            .collect();
        let mut found = self.db.read_all(&statements).await?.into_iter();
        let mut answers = Vec::with_capacity(asks.len());
        for each in &compiled {
            if each.statement().is_none() {
                answers.push(Vec::new());
                continue;
            }
            let rows = found.next().unwrap_or_default();
            answers.push(match each {
                Compiled::Rows(_, shape) => self.values(&plans, shape, &rows).await?,
                Compiled::Groups(grouped) => grouped.values(&rows)?,
                Compiled::Count(_) => vec![vec![Value::Number(number_of(&rows)?.into())]],
                Compiled::Nothing => Vec::new(),
            });
        }
        Ok(answers)
    }
}
