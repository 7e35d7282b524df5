-- Match keys as whole numbers: two bytes of the object's name, six of the keyed digest. A third of the
-- size, and one tree less to keep, for the table that every write of a customer adds most rows to.
-- A record's keys go with it, so the record comes first in the table itself.

DROP INDEX jy_match_key_record;
{sqlite}ALTER TABLE jy_match_key RENAME TO jy_match_key_wide;
{sqlite}CREATE TABLE jy_match_key (
  record {uuid} NOT NULL,
  digest {int} NOT NULL,
  PRIMARY KEY (record, digest)
){rowless};
{sqlite}INSERT OR IGNORE INTO jy_match_key (record, digest)
  SELECT record, jy_match_digest(object, digest) FROM jy_match_key_wide;
{sqlite}DROP TABLE jy_match_key_wide;
{postgres}ALTER TABLE jy_match_key DROP CONSTRAINT jy_match_key_pkey;
{postgres}ALTER TABLE jy_match_key ALTER COLUMN digest TYPE BIGINT
  USING ('x' || encode(substring(sha256(convert_to(object, 'UTF8')) FROM 1 FOR 2)
    || substring(digest FROM 1 FOR 6), 'hex'))::bit(64)::bigint;
{postgres}ALTER TABLE jy_match_key DROP COLUMN object;
{postgres}ALTER TABLE jy_match_key ADD PRIMARY KEY (record, digest);
CREATE INDEX jy_match_key_digest ON jy_match_key (digest, record);
