-- Earlier files of a record's field, the digest of each upload (sealed, so that the database does not
-- tell whether a known file is stored), and what a virus scanner said of each content.

ALTER TABLE jy_file ADD COLUMN digest {bytes};

CREATE TABLE jy_file_version (
  object {text} NOT NULL,
  record {uuid} NOT NULL,
  field {text} NOT NULL,
  version {int} NOT NULL,
  file {uuid} NOT NULL,
  created_by {uuid} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (object, record, field, version)
){strict};
CREATE INDEX jy_file_version_record ON jy_file_version (record);

ALTER TABLE jy_blob ADD COLUMN verdict {text};
ALTER TABLE jy_blob ADD COLUMN verdict_note {text};
ALTER TABLE jy_blob ADD COLUMN scanned_at {int};
CREATE INDEX jy_blob_unscanned ON jy_blob (created_at) WHERE verdict IS NULL;
