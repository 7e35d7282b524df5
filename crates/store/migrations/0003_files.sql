-- Uploaded files, under the ids that records' fields and imports hold. Two uploads of the same
-- content are two files over one stored content.

CREATE TABLE jy_file (
  id {uuid} PRIMARY KEY,
  blob {bytes} NOT NULL REFERENCES jy_blob (id) ON DELETE CASCADE,
  name {text} NOT NULL,
  media_type {text} NOT NULL,
  size {int} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL
){strict};
CREATE INDEX jy_file_blob ON jy_file (blob);
