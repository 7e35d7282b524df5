//! Claims: what a decision over many records counts on.
//!
//! A rule such as "the shares of one company come to no more than all of it" depends on records that
//! the write does not change. Before it reads them, the decision reads the count of claims on the
//! record they have in common; the commit raises that count, and fails as stale when somebody else
//! raised it in between. Writers whose decisions have nothing in common do not wait for each other.

use schema::ObjectIx;
use uuid::Uuid;

use crate::db::{Cell, Step};
use crate::{Error, Store};

/// Most ids of one statement.
const CHUNK: usize = 256;

impl Store {
    /// How often each of `ids` was claimed so far, in their order.
    pub async fn claims(&self, ids: &[Uuid]) -> Result<Vec<u64>, Error> {
        let mut counts = vec![0; ids.len()];
        for (some, places) in ids.chunks(CHUNK).zip(counts.chunks_mut(CHUNK)) {
            let mut bound: Vec<Cell> = some.iter().map(|id| (*id).into()).collect();
            bound.resize(bound.len().next_power_of_two(), Uuid::nil().into());
            let marks: Vec<String> = (1..=bound.len()).map(|at| format!("${at}")).collect();
            let sql = format!("SELECT id, count FROM jy_claim WHERE id IN ({})", marks.join(", "));
            for row in self.db.read(&sql, &bound).await? {
                let [id, count] = row.as_slice() else { continue };
                let (id, count) = (id.uuid()?, count.int()?);
                let count = u64::try_from(count).map_err(|_| Error::Corrupt("a claim".into()))?;
                for (place, _) in places.iter_mut().zip(some).filter(|(_, known)| **known == id) {
                    *place = count;
                }
            }
        }
        Ok(counts)
    }
}

/// A step for each claim, in the order of ids, so that no two writers wait for each other crosswise.
pub(crate) fn steps(
    claims: &[(ObjectIx, Uuid, u64)],
) -> Result<Vec<(ObjectIx, Uuid, Step)>, Error> {
    let mut claims = claims.to_vec();
    claims.sort_unstable_by_key(|(_, id, _)| *id);
    claims.into_iter().map(|(object, id, count)| Ok((object, id, claim(id, count)?))).collect()
}

/// Raises the count of `id`, which must still be `count`.
fn claim(id: Uuid, count: u64) -> Result<Step, Error> {
    let count = i64::try_from(count).map_err(|_| Error::Internal("too many claims".into()))?;
    let sql = "INSERT INTO jy_claim (id, count) VALUES ($1, CAST($2 AS bigint) + 1) \
               ON CONFLICT (id) DO UPDATE SET count = jy_claim.count + 1 \
               WHERE jy_claim.count = CAST($2 AS bigint)";
    Ok(Step::exactly(sql, vec![id.into(), count.into()], 1))
}
