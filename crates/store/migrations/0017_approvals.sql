-- What somebody else must approve before it is done: what exactly is asked for is sealed, the rest is
-- what finds it.
CREATE TABLE jy_approval (
  id {uuid} PRIMARY KEY,
  kind {text} NOT NULL,
  object {text} NOT NULL,
  record {uuid},
  field {text},
  asked_by {uuid} NOT NULL,
  asked_at {int} NOT NULL,
  sealed {bytes} NOT NULL,
  state {text} NOT NULL,
  decided_by {uuid},
  decided_at {int},
  note {text},
  valid_until {int}
){strict};
-- What waits for an answer, what one has asked for, and what is about a record.
CREATE INDEX jy_approval_state ON jy_approval (state, asked_at);
CREATE INDEX jy_approval_asker ON jy_approval (asked_by, asked_at);
CREATE INDEX jy_approval_record ON jy_approval (record, asked_by);
