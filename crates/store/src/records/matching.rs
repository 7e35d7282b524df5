//! Match keys: digests of what a record has in common with its duplicates, kept by every write.
//!
//! Which values those are is the match rule's to say; how alike two records are is not decided here.

use std::sync::{Arc, LazyLock};

use schema::matching::MatchRule;
use schema::{Catalogue, ObjectIx, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::names::{parameter, values};
use super::{Cipher, commit};
use crate::db::{Cell, Dialect, Filling, Row, Step};
use crate::{Error, Store};

/// Name under which keys are digested; no field is called so.
const NAME: &str = "match key";

/// The inserts of one key, of two and so on.
static FEW: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| {
    let insert = |rows| {
        let marks = values(Dialect::Postgres, 2, rows);
        let sql = format!("INSERT INTO jy_match_key (record, digest) VALUES {marks}");
        format!("{sql} ON CONFLICT DO NOTHING").into()
    };
    (1..commit::MANY).map(insert).collect()
});

/// Forgets a record's keys but for one, for two and so on.
static BUT: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| {
    let remove = |kept| {
        let marks: Vec<String> = (2..=kept + 1).map(|at| format!("${at}")).collect();
        let sql = "DELETE FROM jy_match_key WHERE record = $1 AND digest NOT IN";
        format!("{sql} ({})", marks.join(", ")).into()
    };
    (1..commit::MANY).map(remove).collect()
});

/// Many keys at once, on PostgreSQL.
static MANY: LazyLock<Arc<Filling>> = LazyLock::new(|| {
    Arc::new(Filling::of("jy_match_key", &["record", "digest"].map(str::to_owned)))
});

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
pub(super) fn insert(mut rows: Vec<(Uuid, MatchDigest)>, dialect: Dialect) -> Vec<Step> {
    let cells = |(record, digest): &(Uuid, MatchDigest)| [(*record).into(), (*digest).into()];
    if dialect == Dialect::Postgres && rows.len() >= commit::MANY {
        // Neighbours in the tree of digests follow each other.
        rows.sort_unstable_by_key(|(_, digest)| *digest);
        return vec![Step::fill(&MANY, rows.iter().flat_map(cells).collect())];
    }
    let together = if dialect == Dialect::Postgres { commit::MANY } else { 1 };
    let step = |rows: &[(Uuid, MatchDigest)]| {
        let sql = FEW.get(rows.len().wrapping_sub(1)).cloned().unwrap_or_default();
        let order = rows.first().map_or(0, |(_, digest)| *digest);
        Step::late(sql, rows.iter().flat_map(cells).collect(), order).apart()
    };
    rows.chunks(together).map(step).collect()
}

/// The steps that bring a record's keys up to date. On PostgreSQL those that stay are not written.
pub(super) fn replace(id: Uuid, digests: Vec<MatchDigest>, dialect: Dialect) -> Vec<Step> {
    let text = BUT.get(digests.len().wrapping_sub(1)).filter(|_| dialect == Dialect::Postgres);
    let gone = match text {
        Some(text) => {
            let kept = digests.iter().map(|digest| (*digest).into());
            let cells = std::iter::once(id.into()).chain(kept).collect();
            Step::new(Arc::clone(text), cells).apart()
        }
        None => remove(id),
    };
    let rows = digests.into_iter().map(|digest| (id, digest)).collect();
    std::iter::once(gone).chain(insert(rows, dialect)).collect()
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

    /// Records that have these keys, with the key, up to `limit` of each. One look-up by index for
    /// each key, all in one round trip where there is one.
    pub async fn having_each(
        &self,
        digests: &[MatchDigest],
        limit: u32,
    ) -> Result<Vec<(MatchDigest, Uuid)>, Error> {
        let sql = "SELECT digest, record FROM jy_match_key WHERE digest = $1 \
                   ORDER BY record LIMIT $2";
        let limit = Cell::from(i64::from(limit));
        let params: Vec<[Cell; 2]> =
            digests.iter().map(|digest| [(*digest).into(), limit.clone()]).collect();
        let mut found = Vec::new();
        match self.db.dialect() {
            Dialect::Sqlite => {
                for params in &params {
                    found.extend(self.db.point(sql, params).await?);
                }
            }
            Dialect::Postgres => {
                let each: Vec<(&str, &[Cell])> =
                    params.iter().map(|params| (sql, params.as_slice())).collect();
                found.extend(self.db.read_all(&each).await?.into_iter().flatten());
            }
        }
        found.iter().map(pair).collect()
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
