-- Exports that another person must approve: what is to be taken out is sealed, the rest is what a
-- list of them shows.
CREATE TABLE jy_export_request (
  id {uuid} PRIMARY KEY,
  object {text} NOT NULL,
  asked_by {uuid} NOT NULL,
  asked_at {int} NOT NULL,
  row_count {int} NOT NULL,
  sealed {bytes} NOT NULL,
  state {text} NOT NULL,
  decided_by {uuid},
  decided_at {int},
  note {text},
  valid_until {int}
){strict};
-- What waits for an answer, and what one has asked for.
CREATE INDEX jy_export_request_state ON jy_export_request (state, asked_at);
CREATE INDEX jy_export_request_asker ON jy_export_request (asked_by, asked_at);
