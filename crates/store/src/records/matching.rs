//! Match keys: digests of what a record has in common with its duplicates, kept by every write.
//!
//! Which values those are is the match rule's to say; how alike two records are is not decided here.

use std::sync::{Arc, LazyLock};

use schema::matching::MatchRule;
use schema::{Catalogue, ObjectIx, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Cipher;
use super::names::{parameter, values};
use crate::db::{Cell, Dialect, Row, Step};
use crate::{Error, Store};

/// Name under which keys are digested; no field is called so.
const NAME: &str = "match key";

/// The insert of one key.
static ONE: LazyLock<Arc<str>> =
    LazyLock::new(|| "INSERT INTO jy_match_key (record, digest) VALUES ($1, $2)".into());

/// Rows of one insert, larger ones first: few texts, so that each is prepared once.
const ROWS: [usize; 4] = [64, 16, 4, 1];

/// Digests asked for in one statement.
const ASKED: usize = 256;

/// A key's digest: two bytes that all keys of the object begin with, then six of the keyed digest,
/// read as one number. Keys of one object lie together in the order of numbers. Two keys may share a
/// digest by chance; what has a key is compared by its values anyway.
pub type MatchDigest = i64;

/// The digest of a key whose keyed digest is `wide`.
pub(crate) fn digest(object: &str, wide: &[u8]) -> MatchDigest {
    let mut bytes = [0; 8];
    let name = Sha256::digest(object.as_bytes());
    for (to, from) in bytes.iter_mut().zip(name.iter().take(2).chain(wide)) {
        *to = *from;
    }
    i64::from_be_bytes(bytes)
}

/// The least and the greatest digest of an object's keys.
fn span(object: &str) -> (MatchDigest, MatchDigest) {
    (digest(object, &[0; 6]), digest(object, &[0xff; 6]))
}

/// Digests of the keys of a record whose values are by slot.
pub(super) fn digests(rule: &MatchRule, record: &[Value], cipher: &dyn Cipher) -> Vec<MatchDigest> {
    let object = rule.object.as_str();
    let mut digests: Vec<MatchDigest> = rule
        .keys_of(record)
        .iter()
        .map(|text| digest(object, &cipher.blind(object, NAME, text)))
        .collect();
    digests.sort_unstable();
    digests.dedup();
    digests
}

/// The steps that keep keys of records.
pub(super) fn insert(mut rows: &[(Uuid, MatchDigest)], dialect: Dialect) -> Vec<Step> {
    if dialect == Dialect::Sqlite {
        let one = |(record, digest): &(Uuid, MatchDigest)| {
            Step::late(Arc::clone(&ONE), vec![(*record).into(), (*digest).into()], *digest)
        };
        return rows.iter().map(one).collect();
    }
    let mut steps = Vec::new();
    while !rows.is_empty() {
        let size = ROWS.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let (some, rest) = rows.split_at(size.min(rows.len()));
        rows = rest;
        let sql = format!(
            "INSERT INTO jy_match_key (record, digest) VALUES {}",
            values(dialect, 2, some.len())
        );
        let cells = some.iter().flat_map(|(record, digest)| [(*record).into(), (*digest).into()]);
        steps.push(Step::new(sql, cells.collect()));
    }
    steps
}

/// The step that forgets the keys of a record.
pub(super) fn remove(record: Uuid) -> Step {
    Step::new("DELETE FROM jy_match_key WHERE record = $1", vec![record.into()])
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
    pub async fn having_key(&self, digest: MatchDigest, limit: u32) -> Result<Vec<Uuid>, Error> {
        let sql = "SELECT record FROM jy_match_key WHERE digest = $1 ORDER BY record LIMIT $2";
        let params = [digest.into(), i64::from(limit).into()];
        let rows = self.db.point(sql, &params).await?;
        rows.iter().filter_map(|row| row.first()).map(Cell::uuid).collect()
    }

    /// Records that have any of these keys, with the key, up to `limit` for each 256 keys.
    pub async fn having_keys(
        &self,
        digests: &[MatchDigest],
        limit: u32,
    ) -> Result<Vec<(MatchDigest, Uuid)>, Error> {
        let mut found = Vec::new();
        for some in digests.chunks(ASKED) {
            let Some(last) = some.last() else { continue };
            let mut params: Vec<Cell> = vec![i64::from(limit).into()];
            params.extend(some.iter().map(|digest| Cell::from(*digest)));
            // Few lengths mean few statements.
            params.resize(1 + some.len().next_power_of_two(), (*last).into());
            let marks: Vec<String> =
                (2..=params.len()).map(|at| parameter(self.db.dialect(), at)).collect();
            let one = parameter(self.db.dialect(), 1);
            let sql = format!(
                "SELECT digest, record FROM jy_match_key WHERE digest IN ({}) LIMIT {one}",
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
        let sql = "SELECT digest, record FROM jy_match_key WHERE digest <= $1 \
                   AND (digest, record) > ($2, $3) ORDER BY digest, record LIMIT $4";
        let (least, greatest) = span(object);
        let (digest, record) = after.unwrap_or((least, Uuid::nil()));
        let params = [greatest.into(), digest.into(), record.into(), i64::from(limit).into()];
        self.db.read(sql, &params).await?.iter().map(pair).collect()
    }

    /// The step that forgets all keys of an object, for one that has no match rule any more.
    #[must_use]
    pub fn forget_match_keys(object: &str) -> Step {
        let (least, greatest) = span(object);
        let sql = "DELETE FROM jy_match_key WHERE digest BETWEEN $1 AND $2";
        Step::new(sql, vec![least.into(), greatest.into()])
    }
}

fn pair(row: &Row) -> Result<(MatchDigest, Uuid), Error> {
    let [digest, record] = row.as_slice() else { return Err(Cell::width("jy_match_key")) };
    Ok((digest.int()?, record.uuid()?))
}
