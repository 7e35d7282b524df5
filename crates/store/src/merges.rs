//! Merges: which record was merged into which, and what undoing it needs.
//!
//! Rows in, rows out. The trace is sealed by the caller.

use kernel::Instant;
use schema::Name;
use uuid::Uuid;

use crate::db::{Cell, Row, Step};
use crate::{Error, Store};

/// Where a merge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeState {
    /// In force.
    Done,
    /// Taken back.
    Undone,
}

impl MergeState {
    /// The word as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            MergeState::Done => "done",
            MergeState::Undone => "undone",
        }
    }
}

/// One merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Its id.
    pub id: Uuid,
    /// Object of both.
    pub object: Name,
    /// The record that stays.
    pub winner: Uuid,
    /// The record that lies in the recycle bin.
    pub loser: Uuid,
    /// Where it stands.
    pub state: MergeState,
    /// What undoing needs, sealed.
    pub trace: Vec<u8>,
    /// Rows that refer to the winner because of it.
    pub row_count: u64,
    /// Rows that went to the recycle bin.
    pub absorbed: u64,
    /// Who merged.
    pub made_by: Uuid,
    /// When.
    pub made_at: Instant,
}

const COLUMNS: &str =
    "id, object, winner, loser, state, trace, row_count, absorbed, made_by, made_at";

/// The step that remembers a merge.
#[must_use]
pub fn insert(merge: &Merge) -> Step {
    let sql = format!(
        "INSERT INTO jy_merge ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let count = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let params = vec![
        merge.id.into(),
        merge.object.as_str().into(),
        merge.winner.into(),
        merge.loser.into(),
        merge.state.as_str().into(),
        Cell::Bytes(merge.trace.clone()),
        count(merge.row_count),
        count(merge.absorbed),
        merge.made_by.into(),
        merge.made_at.into(),
    ];
    Step::exactly(sql, params, 1)
}

/// The step that says a merge is taken back; fails when it was already.
#[must_use]
pub fn close(id: Uuid) -> Step {
    let sql = "UPDATE jy_merge SET state = 'undone' WHERE id = $1 AND state = 'done'";
    Step::exactly(sql, vec![id.into()], 1)
}

impl Store {
    /// One merge.
    pub async fn merge_by_id(&self, id: Uuid) -> Result<Option<Merge>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM jy_merge WHERE id = $1");
        self.db().point(&sql, &[id.into()]).await?.first().map(merge_of).transpose()
    }

    /// Into which record one was merged, if it is.
    pub async fn merged_into(&self, object: &str, loser: Uuid) -> Result<Option<Uuid>, Error> {
        let sql = "SELECT winner FROM jy_merge WHERE loser = $1 AND object = $2 \
                   AND state = 'done' LIMIT 1";
        let rows = self.db().point(sql, &[loser.into(), object.into()]).await?;
        rows.first().and_then(|row| row.first()).map(Cell::uuid).transpose()
    }

    /// Merges into a record, newest first; at most 200.
    pub async fn merges_into(&self, object: &str, winner: Uuid) -> Result<Vec<Merge>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jy_merge WHERE winner = $1 AND object = $2 \
             ORDER BY made_at DESC, id DESC LIMIT 200"
        );
        let rows = self.db().read(&sql, &[winner.into(), object.into()]).await?;
        rows.iter().map(merge_of).collect()
    }

    /// Merges of an object made before a place, newest first.
    pub async fn merges_of(
        &self,
        object: &str,
        before: Option<(Instant, Uuid)>,
        limit: u32,
    ) -> Result<Vec<Merge>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jy_merge WHERE object = $1 AND (made_at, id) < ($2, $3) \
             ORDER BY made_at DESC, id DESC LIMIT $4"
        );
        let (at, id) = before.unwrap_or((Instant::MAX, Uuid::max()));
        let params = [object.into(), at.into(), id.into(), i64::from(limit).into()];
        let rows = self.db().read(&sql, &params).await?;
        rows.iter().map(merge_of).collect()
    }
}

fn merge_of(row: &Row) -> Result<Merge, Error> {
    let [id, object, winner, loser, state, trace, row_count, absorbed, made_by, made_at] =
        row.as_slice()
    else {
        return Err(Cell::width("jy_merge"));
    };
    let state = match &**state.str()? {
        "done" => MergeState::Done,
        "undone" => MergeState::Undone,
        other => return Err(Error::Corrupt(format!("a merge in the state `{other}`"))),
    };
    Ok(Merge {
        id: id.uuid()?,
        object: Name::new(object.str()?).map_err(|error| Error::Corrupt(error.to_string()))?,
        winner: winner.uuid()?,
        loser: loser.uuid()?,
        state,
        trace: trace.bytes()?.to_vec(),
        row_count: u64::try_from(row_count.int()?).unwrap_or(0),
        absorbed: u64::try_from(absorbed.int()?).unwrap_or(0),
        made_by: made_by.uuid()?,
        made_at: made_at.instant()?,
    })
}
