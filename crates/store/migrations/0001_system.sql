-- The tables of the product itself. Records of published objects live in tables made by publish.
-- Braces name column types that differ between the databases; `migrate` fills them in. A statement
-- that starts with {postgres} runs only there.

-- Appended by commits, read by the sequencer, never updated. `tx` orders commits on PostgreSQL.
CREATE TABLE jy_audit (
  id {serial},
  tx {int} NOT NULL DEFAULT {tx},
  entry {uuid} NOT NULL,
  at {int} NOT NULL,
  actor {uuid} NOT NULL,
  kind {text} NOT NULL,
  object {text},
  record {uuid},
  body {bytes} NOT NULL,
  mac {bytes} NOT NULL
){strict};
-- The sequencer and the verifier walk the log in this order; on SQLite that is the order of ids.
{postgres}CREATE INDEX jy_audit_order ON jy_audit (tx, id);
-- The history of one record.
CREATE INDEX jy_audit_record ON jy_audit (record, id) WHERE record IS NOT NULL;
-- What one actor did.
CREATE INDEX jy_audit_actor ON jy_audit (actor, id);

-- One row per seal: the leaves it added and the signed head of the tree after it.
CREATE TABLE jy_seal (
  number {int} PRIMARY KEY,
  first {int} NOT NULL,
  count {int} NOT NULL,
  last_tx {int} NOT NULL,
  last_id {int} NOT NULL,
  at {int} NOT NULL,
  hash {text} NOT NULL,
  entries {bytes} NOT NULL,
  leaves {bytes} NOT NULL,
  frontier {bytes} NOT NULL,
  root {bytes} NOT NULL,
  checkpoint {text} NOT NULL,
  mac {bytes} NOT NULL
){strict};
-- Finds the seal that holds a leaf.
CREATE UNIQUE INDEX jy_seal_first ON jy_seal (first);
-- Finds the seal that holds an entry.
CREATE UNIQUE INDEX jy_seal_last ON jy_seal (last_tx, last_id);

-- Heads of complete subtrees of 256, 65,536, … leaves, so that proofs cost O(log n).
CREATE TABLE jy_tree (
  level {int} NOT NULL,
  position {int} NOT NULL,
  hash {bytes} NOT NULL,
  PRIMARY KEY (level, position)
){strict};

-- Single numbers that belong to the database as a whole.
CREATE TABLE jy_state (
  name {text} PRIMARY KEY,
  value {int} NOT NULL
){strict};

-- Events of committed changes, until every reaction has taken them.
CREATE TABLE jy_outbox (
  id {serial},
  event {uuid} NOT NULL UNIQUE,
  at {int} NOT NULL,
  kind {text} NOT NULL,
  object {text} NOT NULL,
  record {uuid} NOT NULL,
  body {bytes} NOT NULL,
  attempts {int} NOT NULL DEFAULT 0,
  lease_until {int},
  worker {text},
  done_at {int}
){strict};
CREATE INDEX jy_outbox_waiting ON jy_outbox (id) WHERE done_at IS NULL;
CREATE INDEX jy_outbox_done ON jy_outbox (done_at) WHERE done_at IS NOT NULL;

-- Deferred work and timers. A timer is a job whose `run_at` lies ahead.
CREATE TABLE jy_job (
  id {uuid} PRIMARY KEY,
  kind {text} NOT NULL,
  state {text} NOT NULL,
  run_at {int} NOT NULL,
  attempts {int} NOT NULL DEFAULT 0,
  max_attempts {int} NOT NULL,
  lease_until {int},
  worker {text},
  cursor {bytes},
  progress_done {int} NOT NULL DEFAULT 0,
  progress_total {int},
  payload {bytes} NOT NULL,
  result {bytes},
  error {text},
  dedupe_key {text},
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  finished_at {int}
){strict};
CREATE INDEX jy_job_ready ON jy_job (run_at) WHERE state = 'ready';
CREATE INDEX jy_job_running ON jy_job (lease_until) WHERE state = 'running';
CREATE INDEX jy_job_listed ON jy_job (created_at, id);
CREATE UNIQUE INDEX jy_job_dedupe ON jy_job (kind, dedupe_key) WHERE dedupe_key IS NOT NULL;

-- Answers to writes that carried an Idempotency-Key.
CREATE TABLE jy_idempotency (
  actor {uuid} NOT NULL,
  name {text} NOT NULL,
  digest {bytes} NOT NULL,
  answer {bytes} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  PRIMARY KEY (actor, name)
){strict};
CREATE INDEX jy_idempotency_expiry ON jy_idempotency (expires_at);

-- One record opened to one user, for a while.
CREATE TABLE jy_share (
  id {uuid} PRIMARY KEY,
  object {text} NOT NULL,
  record {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  may_write {int} NOT NULL,
  expires_at {int},
  granted_by {uuid} NOT NULL,
  granted_at {int} NOT NULL,
  UNIQUE (object, record, user_id)
){strict};
CREATE INDEX jy_share_user ON jy_share (user_id, object);

-- How often a user has unmasked a value on one day.
CREATE TABLE jy_reveal (
  user_id {uuid} NOT NULL,
  day {int} NOT NULL,
  count {int} NOT NULL,
  PRIMARY KEY (user_id, day)
){strict};

CREATE TABLE jy_credential (
  user_id {uuid} PRIMARY KEY,
  hash {text} NOT NULL,
  changed_at {int} NOT NULL,
  must_change {int} NOT NULL,
  failed {int} NOT NULL DEFAULT 0,
  locked_until {int},
  totp_sealed {bytes},
  totp_confirmed {int} NOT NULL DEFAULT 0,
  totp_last {int},
  history {text} NOT NULL
){strict};

-- Only the SHA-256 of a session's token is stored.
CREATE TABLE jy_session (
  token {bytes} PRIMARY KEY,
  user_id {uuid} NOT NULL,
  created_at {int} NOT NULL,
  last_seen {int} NOT NULL,
  expires_at {int} NOT NULL,
  ip {text} NOT NULL,
  agent {text} NOT NULL,
  elevated {int} NOT NULL
){strict};
CREATE INDEX jy_session_user ON jy_session (user_id);
CREATE INDEX jy_session_expiry ON jy_session (expires_at);

-- Only the SHA-256 of a key is stored; the prefix names it to people.
CREATE TABLE jy_api_key (
  id {uuid} PRIMARY KEY,
  prefix {text} NOT NULL UNIQUE,
  hash {bytes} NOT NULL,
  user_id {uuid} NOT NULL,
  label {text} NOT NULL,
  scopes {text} NOT NULL,
  networks {text} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int},
  last_used {int},
  revoked_at {int}
){strict};
CREATE INDEX jy_api_key_user ON jy_api_key (user_id);

-- A stored file: its name is a keyed hash of its content.
CREATE TABLE jy_blob (
  id {bytes} PRIMARY KEY,
  size {int} NOT NULL,
  created_at {int} NOT NULL,
  retain_until {int},
  legal_hold {int} NOT NULL DEFAULT 0
){strict};

-- Which record's field holds a file; a file nobody holds is swept.
CREATE TABLE jy_blob_use (
  blob {bytes} NOT NULL REFERENCES jy_blob (id),
  object {text} NOT NULL,
  record {uuid} NOT NULL,
  field {text} NOT NULL,
  PRIMARY KEY (blob, object, record, field)
){strict};
CREATE INDEX jy_blob_use_record ON jy_blob_use (record);

-- Every ancestor of every org unit, itself at depth 0.
CREATE TABLE jy_org_closure (
  ancestor {uuid} NOT NULL,
  descendant {uuid} NOT NULL,
  depth {int} NOT NULL,
  PRIMARY KEY (ancestor, descendant)
){strict};
CREATE INDEX jy_org_closure_descendant ON jy_org_closure (descendant);

-- Images of deleted records; sealed values stay sealed.
CREATE TABLE jy_trash (
  object {text} NOT NULL,
  id {uuid} NOT NULL,
  image {bytes} NOT NULL,
  deleted_at {int} NOT NULL,
  deleted_by {uuid} NOT NULL,
  PRIMARY KEY (object, id)
){strict};
CREATE INDEX jy_trash_deleted ON jy_trash (deleted_at);

-- Next number of each sequence, reserved in blocks.
CREATE TABLE jy_counter (
  name {text} PRIMARY KEY,
  next {int} NOT NULL
){strict};

-- Steps of a publish that changes tables: planned, running, done or undone.
CREATE TABLE jy_ddl_journal (
  version {int} NOT NULL,
  step {int} NOT NULL,
  sql {text} NOT NULL,
  state {text} NOT NULL,
  PRIMARY KEY (version, step)
){strict};

-- Published catalogues and the files each was made of.
CREATE TABLE jy_catalogue (
  version {int} PRIMARY KEY,
  published_at {int} NOT NULL,
  published_by {uuid} NOT NULL,
  note {text} NOT NULL,
  state {text} NOT NULL
){strict};

CREATE TABLE jy_definition (
  version {int} NOT NULL,
  path {text} NOT NULL,
  text {text} NOT NULL,
  PRIMARY KEY (version, path)
){strict};
