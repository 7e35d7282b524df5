//! Pairs of records that seem to be about the same, and what was decided about them.
//!
//! Rows in, rows out. Who may see a pair is decided above.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use crate::db::{Cell, Row, Step};
use crate::{Error, Store};

/// Where a pair stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairState {
    /// Nobody has decided.
    Open,
    /// They are two, somebody said.
    Dismissed,
    /// They were made one.
    Merged,
}

impl PairState {
    const ALL: [PairState; 3] = [PairState::Open, PairState::Dismissed, PairState::Merged];

    /// The word as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            PairState::Open => "open",
            PairState::Dismissed => "dismissed",
            PairState::Merged => "merged",
        }
    }

    /// The state a word stands for.
    #[must_use]
    pub fn parse(text: &str) -> Option<PairState> {
        PairState::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Two records of one object; `one` has the smaller id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The record with the smaller id.
    pub one: Uuid,
    /// The other.
    pub other: Uuid,
    /// 0 to 100.
    pub score: u8,
    /// Codes and degrees of the comparisons that hold, as JSON.
    pub why: Arc<str>,
    /// Where it stands.
    pub state: PairState,
    /// When the walk last found it.
    pub found_at: Instant,
    /// When somebody decided.
    pub decided_at: Option<Instant>,
    /// Who.
    pub decided_by: Option<Uuid>,
    /// Why they are two.
    pub reason: Option<Arc<str>>,
}

/// A position in the list of pairs: score and ids of the last one.
pub type PairPlace = (u8, Uuid, Uuid);

const COLUMNS: &str = "one, other, score, why, state, found_at, decided_at, decided_by, reason";

/// The step that keeps a pair as found. One that is decided stays decided.
#[must_use]
pub fn found(object: &str, pair: &Pair) -> Step {
    let sql = "INSERT INTO jy_match_pair (object, one, other, score, why, state, found_at) \
               VALUES ($1, $2, $3, $4, $5, 'open', $6) \
               ON CONFLICT (object, one, other) DO UPDATE SET score = excluded.score, \
               why = excluded.why, found_at = excluded.found_at";
    let params = vec![
        object.into(),
        pair.one.into(),
        pair.other.into(),
        i64::from(pair.score).into(),
        Cell::Text(Arc::clone(&pair.why)),
        pair.found_at.into(),
    ];
    Step::new(sql, params)
}

/// The step that forgets open pairs which a walk begun at `since` did not find again.
#[must_use]
pub fn forget_unfound(object: &str, since: Instant) -> Step {
    let sql = "DELETE FROM jy_match_pair WHERE object = $1 AND state = 'open' AND found_at < $2";
    Step::new(sql, vec![object.into(), since.into()])
}

/// The step that decides an open pair.
#[must_use]
pub fn dismiss(object: &str, ids: (Uuid, Uuid), by: (Uuid, Instant), reason: &str) -> Step {
    let sql = "UPDATE jy_match_pair SET state = 'dismissed', decided_by = $4, decided_at = $5, \
               reason = $6 WHERE object = $1 AND one = $2 AND other = $3 AND state = 'open'";
    let (one, other) = ordered(ids);
    let params =
        vec![object.into(), one.into(), other.into(), by.0.into(), by.1.into(), reason.into()];
    Step::exactly(sql, params, 1)
}

/// The step that says of a pair, if it is known, that its records were made one, or are two again.
#[must_use]
pub fn set_merged(object: &str, ids: (Uuid, Uuid), by: (Uuid, Instant), merged: bool) -> Step {
    let sql = "UPDATE jy_match_pair SET state = $6, decided_by = $4, decided_at = $5 \
               WHERE object = $1 AND one = $2 AND other = $3";
    let (one, other) = ordered(ids);
    let state = if merged { PairState::Merged } else { PairState::Open };
    let params = vec![
        object.into(),
        one.into(),
        other.into(),
        by.0.into(),
        by.1.into(),
        state.as_str().into(),
    ];
    Step::new(sql, params)
}

/// The steps that forget the open pairs of a record that is gone.
#[must_use]
pub fn forget_record(object: &str, record: Uuid) -> [Step; 2] {
    ["one", "other"].map(|side| {
        let sql = format!(
            "DELETE FROM jy_match_pair WHERE object = $1 AND {side} = $2 AND state = 'open'"
        );
        Step::new(sql, vec![object.into(), record.into()])
    })
}

/// Both ids, the smaller first.
#[must_use]
pub fn ordered((a, b): (Uuid, Uuid)) -> (Uuid, Uuid) {
    if a <= b { (a, b) } else { (b, a) }
}

impl Store {
    /// Pairs of an object in a state, surest first, after a place.
    pub async fn pairs(
        &self,
        object: &str,
        state: PairState,
        after: Option<PairPlace>,
        limit: u32,
    ) -> Result<Vec<Pair>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jy_match_pair WHERE object = $1 AND state = $2 \
             AND (score, one, other) < ($3, $4, $5) \
             ORDER BY score DESC, one DESC, other DESC LIMIT $6"
        );
        let (score, one, other) = match after {
            Some((score, one, other)) => (i64::from(score), one, other),
            None => (i64::MAX, Uuid::max(), Uuid::max()),
        };
        let params = [
            object.into(),
            state.as_str().into(),
            score.into(),
            one.into(),
            other.into(),
            i64::from(limit).into(),
        ];
        self.db().read(&sql, &params).await?.iter().map(pair_of).collect()
    }

    /// One pair.
    pub async fn pair(&self, object: &str, ids: (Uuid, Uuid)) -> Result<Option<Pair>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jy_match_pair WHERE object = $1 AND one = $2 AND other = $3"
        );
        let (one, other) = ordered(ids);
        let rows = self.db().point(&sql, &[object.into(), one.into(), other.into()]).await?;
        rows.first().map(pair_of).transpose()
    }
}

fn pair_of(row: &Row) -> Result<Pair, Error> {
    let [one, other, score, why, state, found_at, decided_at, decided_by, reason] = row.as_slice()
    else {
        return Err(Cell::width("jy_match_pair"));
    };
    let state = PairState::parse(state.str()?);
    Ok(Pair {
        one: one.uuid()?,
        other: other.uuid()?,
        score: u8::try_from(score.int()?).unwrap_or(0),
        why: Arc::clone(why.str()?),
        state: state.ok_or_else(|| Error::Corrupt("the state of a pair".into()))?,
        found_at: found_at.instant()?,
        decided_at: decided_at.instant_or_null()?,
        decided_by: if decided_by.is_null() { None } else { Some(decided_by.uuid()?) },
        reason: reason.str_or_null()?,
    })
}
