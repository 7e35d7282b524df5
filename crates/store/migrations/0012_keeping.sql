-- Records that are kept only because the law says so lie with the deleted ones, locked: until which day
-- (days since 1970), and for which request. And which dates were reminded of.

ALTER TABLE jy_trash ADD COLUMN locked_until {int};
ALTER TABLE jy_trash ADD COLUMN locked_for {uuid};
CREATE INDEX jy_trash_locked ON jy_trash (locked_until) WHERE locked_for IS NOT NULL;

CREATE TABLE jy_reminded (
  object {text} NOT NULL,
  record {uuid} NOT NULL,
  code {text} NOT NULL,
  day {int} NOT NULL,
  made {uuid} NOT NULL,
  PRIMARY KEY (object, record, code, day)
){strict};
