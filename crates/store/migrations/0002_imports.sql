-- Imports of files, and what each finished chunk of one did.

CREATE TABLE jy_import (
  id {uuid} PRIMARY KEY,
  object {text} NOT NULL,
  name {text} NOT NULL,
  state {text} NOT NULL,
  file {text} NOT NULL,
  plan {bytes} NOT NULL,
  report {bytes},
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL
){strict};
CREATE INDEX jy_import_maker ON jy_import (created_by, created_at);

-- `bad_rows` and `undo` are sealed: they hold customers' data.
CREATE TABLE jy_import_chunk (
  import {uuid} NOT NULL,
  number {int} NOT NULL,
  row_count {int} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  unchanged {int} NOT NULL,
  bad {int} NOT NULL,
  bad_rows {bytes} NOT NULL,
  undo {bytes} NOT NULL,
  PRIMARY KEY (import, number)
){strict};
