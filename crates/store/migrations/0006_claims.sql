-- How often each record was counted on by a decision over records that refer to it.

CREATE TABLE jy_claim (
  id {uuid} PRIMARY KEY,
  count {int} NOT NULL
){strict};
