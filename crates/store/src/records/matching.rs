//! Match keys: digests of what a record has in common with its duplicates, kept by every write.
//!
//! Which values those are is the match rule's to say; how alike two records are is not decided here.

use schema::matching::MatchRule;
use schema::{Catalogue, ObjectIx, Value};
use uuid::Uuid;

use super::Cipher;
use super::names::{parameter, values};
use super::plan::Plan;
use crate::db::{Cell, Dialect, Row, Step};
use crate::{Error, Store};

/// Name under which keys are digested; no field is called so.
const NAME: &str = "match key";

/// Rows of one insert, larger ones first: few texts, so that each is prepared once.
const ROWS: [usize; 4] = [64, 16, 4, 1];

/// Digests asked for in one statement.
const ASKED: usize = 256;

/// A key's digest.
pub type MatchDigest = [u8; 16];

/// Digests of the keys of a record whose values are by slot.
pub(super) fn digests(rule: &MatchRule, record: &[Value], cipher: &dyn Cipher) -> Vec<MatchDigest> {
    let object = rule.object.as_str();
    rule.keys_of(record).iter().map(|text| cipher.blind(object, NAME, text)).collect()
}

/// The steps that keep keys of an object's records.
pub(super) fn insert(plan: &Plan, mut rows: &[(Uuid, MatchDigest)], dialect: Dialect) -> Vec<Step> {
    let mut steps = Vec::new();
    while !rows.is_empty() {
        let size = ROWS.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let (some, rest) = rows.split_at(size.min(rows.len()));
        rows = rest;
        let sql = format!(
            "INSERT INTO jy_match_key (object, digest, record) VALUES {}",
            values(dialect, 3, some.len())
        );
        let cells = some.iter().flat_map(|(record, digest)| {
            [plan.name.as_str().into(), Cell::Bytes(digest.to_vec()), (*record).into()]
        });
        steps.push(Step::new(sql, cells.collect()));
    }
    steps
}

/// The step that forgets the keys of a record.
pub(super) fn remove(plan: &Plan, record: Uuid) -> Step {
    let sql = "DELETE FROM jy_match_key WHERE record = $1 AND object = $2";
    Step::new(sql, vec![record.into(), plan.name.as_str().into()])
}

impl Store {
    /// Digests of the keys that a record with these values has; none without a match rule.
    pub fn match_digests(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        record: &[Value],
    ) -> Result<Vec<MatchDigest>, Error> {
        let plans = self.plans(catalogue);
        let rule = plans.at(object)?.matched.as_ref();
        Ok(rule.map(|rule| digests(rule, record, &*self.cipher)).unwrap_or_default())
    }

    /// Records that have a key, up to `limit`. One look-up by index.
    pub async fn having_key(
        &self,
        object: &str,
        digest: &MatchDigest,
        limit: u32,
    ) -> Result<Vec<Uuid>, Error> {
        let sql = "SELECT record FROM jy_match_key WHERE object = $1 AND digest = $2 \
                   ORDER BY record LIMIT $3";
        let params = [object.into(), Cell::Bytes(digest.to_vec()), i64::from(limit).into()];
        let rows = self.db.point(sql, &params).await?;
        rows.iter().filter_map(|row| row.first()).map(Cell::uuid).collect()
    }

    /// Records that have any of these keys, with the key, up to `limit` for each 256 keys.
    pub async fn having_keys(
        &self,
        object: &str,
        digests: &[MatchDigest],
        limit: u32,
    ) -> Result<Vec<(MatchDigest, Uuid)>, Error> {
        let mut found = Vec::new();
        for some in digests.chunks(ASKED) {
            let Some(last) = some.last() else { continue };
            let mut params: Vec<Cell> = vec![object.into(), i64::from(limit).into()];
            params.extend(some.iter().map(|digest| Cell::Bytes(digest.to_vec())));
            // Few lengths mean few statements.
            params.resize(2 + some.len().next_power_of_two(), Cell::Bytes(last.to_vec()));
            let marks: Vec<String> =
                (3..=params.len()).map(|at| parameter(self.db.dialect(), at)).collect();
            let [one, two] = [1, 2].map(|at| parameter(self.db.dialect(), at));
            let sql = format!(
                "SELECT digest, record FROM jy_match_key WHERE object = {one} \
                 AND digest IN ({}) LIMIT {two}",
                marks.join(", ")
            );
            for row in self.db.read(&sql, &params).await? {
                found.push(pair(&row)?);
            }
        }
        Ok(found)
    }

    /// Keys of an object in order, those after a key and record, up to `limit`.
    pub async fn match_keys(
        &self,
        object: &str,
        after: Option<(MatchDigest, Uuid)>,
        limit: u32,
    ) -> Result<Vec<(MatchDigest, Uuid)>, Error> {
        let sql = "SELECT digest, record FROM jy_match_key WHERE object = $1 \
                   AND (digest, record) > ($2, $3) ORDER BY digest, record LIMIT $4";
        let (digest, record) = after.unwrap_or(([0; 16], Uuid::nil()));
        let params =
            [object.into(), Cell::Bytes(digest.to_vec()), record.into(), i64::from(limit).into()];
        self.db.read(sql, &params).await?.iter().map(pair).collect()
    }

    /// The step that forgets all keys of an object, for one that has no match rule any more.
    #[must_use]
    pub fn forget_match_keys(object: &str) -> Step {
        Step::new("DELETE FROM jy_match_key WHERE object = $1", vec![object.into()])
    }
}

fn pair(row: &Row) -> Result<(MatchDigest, Uuid), Error> {
    let [digest, record] = row.as_slice() else { return Err(Cell::width("jy_match_key")) };
    let digest = digest.bytes()?.try_into();
    let digest = digest.map_err(|_| Error::Corrupt("a match key of another length".into()))?;
    Ok((digest, record.uuid()?))
}
