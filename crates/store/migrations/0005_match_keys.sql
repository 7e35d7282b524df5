-- By which values records are found to be duplicates of each other: keyed digests, that tell nothing
-- to whoever has the database without the key ring. Written with the record itself.

CREATE TABLE jy_match_key (
  object {text} NOT NULL,
  digest {bytes} NOT NULL,
  record {uuid} NOT NULL,
  PRIMARY KEY (object, digest, record)
){strict};
-- A record's keys go with it.
CREATE INDEX jy_match_key_record ON jy_match_key (record);

-- One's wish to see a record that somebody else owns, until its owner has answered.
CREATE TABLE jy_share_request (
  id {uuid} PRIMARY KEY,
  object {text} NOT NULL,
  record {uuid} NOT NULL,
  owner {uuid} NOT NULL,
  asked_by {uuid} NOT NULL,
  asked_at {int} NOT NULL,
  reason {text} NOT NULL,
  state {text} NOT NULL,
  decided_at {int}
){strict};
-- What waits for an owner, and what one has asked for.
CREATE INDEX jy_share_request_owner ON jy_share_request (owner, state, asked_at);
CREATE INDEX jy_share_request_asker ON jy_share_request (asked_by, asked_at);
-- Asking twice is asking once.
CREATE UNIQUE INDEX jy_share_request_open ON jy_share_request (object, record, asked_by) WHERE state = 'open';
