//! Automatic numbers: blocks are reserved durably, single numbers are handed out in memory. A
//! restart leaves a gap, never a repeat.

use std::collections::HashMap;

use schema::Name;
use tokio::sync::Mutex;

use crate::db::Step;
use crate::{Error, Store};

/// Numbers reserved at once.
const BLOCK: i64 = 1000;

/// Reserved numbers by sequence: the next one, and the first one beyond.
#[derive(Default)]
pub(crate) struct Numbers(Mutex<HashMap<String, (i64, i64)>>);

impl Store {
    /// The next number of a field, from 1.
    pub async fn next_number(&self, object: &Name, field: &Name) -> Result<u64, Error> {
        self.next_numbers(object, field, 1).await
    }

    /// `count` successive numbers of a field; the first is returned.
    pub async fn next_numbers(
        &self,
        object: &Name,
        field: &Name,
        count: u32,
    ) -> Result<u64, Error> {
        let count = i64::from(count.max(1));
        let name = format!("{object}.{field}");
        let mut reserved = self.numbers.0.lock().await;
        let (mut next, mut end) = reserved.get(&name).copied().unwrap_or((0, 0));
        if end - next < count {
            let block = BLOCK.max(count);
            // Two inserts at once: the second waits and takes the numbers after the first's.
            let sql = "INSERT INTO jy_counter (name, next) VALUES ($1, $2 + 1) \
                       ON CONFLICT (name) DO UPDATE SET next = jy_counter.next + $2 \
                       RETURNING next";
            let step = Step::exactly(sql, vec![name.as_str().into(), block.into()], 1);
            let results = self.db.run(vec![step]).await?;
            let row = results.first().and_then(|result| result.rows.first());
            end = row
                .and_then(|row| row.first())
                .ok_or_else(|| Error::Internal("a counter gave nothing".into()))?
                .int()?;
            next = end - block;
        }
        reserved.insert(name, (next + count, end));
        u64::try_from(next).map_err(|_| Error::Corrupt("a counter is negative".into()))
    }
}
