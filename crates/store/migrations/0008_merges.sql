-- Which record was merged into which, and how to take it back. `trace` is sealed: it holds
-- customers' data. The merged record itself lies in the recycle bin.

CREATE TABLE jy_merge (
  id {uuid} PRIMARY KEY,
  object {text} NOT NULL,
  winner {uuid} NOT NULL,
  loser {uuid} NOT NULL,
  state {text} NOT NULL,
  trace {bytes} NOT NULL,
  row_count {int} NOT NULL,
  absorbed {int} NOT NULL,
  made_by {uuid} NOT NULL,
  made_at {int} NOT NULL
){strict};
CREATE INDEX jy_merge_winner ON jy_merge (winner, made_at);
CREATE INDEX jy_merge_loser ON jy_merge (loser);
