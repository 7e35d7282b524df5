//! Steps that stand apart, as one statement: each a part of a `WITH`, whose answer fails unless every
//! part touched as many rows as it must.

use std::fmt::Write as _;

use super::super::{Cell, Expect, Step};

/// More steps than this are sent one by one.
const MOST: usize = 12;

/// The statement and what it binds; none when the steps are too many or do not all stand apart.
pub(super) fn statement(script: &[Step]) -> Option<(String, Vec<&Cell>)> {
    let apart = |step: &Step| step.apart && step.filling.is_none();
    if script.len() < 2 || script.len() > MOST || !script.iter().all(apart) {
        return None;
    }
    let mut sql = String::with_capacity(script.iter().map(|step| step.sql.len() + 40).sum());
    let mut params = Vec::with_capacity(script.iter().map(|step| step.params.len()).sum());
    let mut wanted = String::new();
    for (at, step) in script.iter().enumerate() {
        sql.push_str(if at == 0 { "WITH " } else { ", " });
        let _infallible = write!(sql, "s{at} AS (");
        renumbered(&step.sql, params.len(), &mut sql);
        params.extend(&step.params);
        if let Expect::Rows(rows) = step.expect {
            if !step.sql.starts_with("SELECT") {
                sql.push_str(" RETURNING 1");
            }
            wanted.push_str(if wanted.is_empty() { "" } else { " AND " });
            let _infallible = write!(wanted, "(SELECT count(*) FROM s{at}) = {rows}");
        }
        sql.push(')');
    }
    if wanted.is_empty() {
        wanted.push_str("true");
    }
    // Another number of rows divides by zero, which undoes the whole.
    let _infallible = write!(sql, " SELECT 1 / CASE WHEN {wanted} THEN 1 ELSE 0 END");
    Some((sql, params))
}

/// Appends `sql` with its parameters counted from behind the first `before`.
fn renumbered(sql: &str, before: usize, out: &mut String) {
    let mut parts = sql.split('$');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        match number.parse::<usize>() {
            Ok(number) => {
                let _infallible = write!(out, "${}{rest}", number + before);
            }
            Err(_) => {
                out.push('$');
                out.push_str(part);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_stand_apart_become_one_statement() {
        let script = [
            Step::exactly("UPDATE a SET x = $2 WHERE id = $1", vec![1.into(), 2.into()], 1).apart(),
            Step::new("DELETE FROM b WHERE id = $1 OR id = $10", vec![3.into()]).apart(),
            Step::exactly("SELECT 1 FROM c WHERE id = $1", vec![4.into()], 1).apart(),
        ];
        let (sql, params) = statement(&script).expect("one statement");
        assert_eq!(
            sql,
            "WITH s0 AS (UPDATE a SET x = $2 WHERE id = $1 RETURNING 1), \
             s1 AS (DELETE FROM b WHERE id = $3 OR id = $12), \
             s2 AS (SELECT 1 FROM c WHERE id = $4) \
             SELECT 1 / CASE WHEN (SELECT count(*) FROM s0) = 1 \
             AND (SELECT count(*) FROM s2) = 1 THEN 1 ELSE 0 END"
        );
        assert_eq!(params, [&Cell::Int(1), &Cell::Int(2), &Cell::Int(3), &Cell::Int(4)]);
    }

    #[test]
    fn one_step_that_does_not_stand_apart_keeps_all_from_it() {
        let script = [Step::new("DELETE FROM a", vec![]).apart(), Step::new("SELECT 1", vec![])];
        assert!(statement(&script).is_none());
    }
}
