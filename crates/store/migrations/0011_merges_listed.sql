-- Merges of an object are listed, newest first.

CREATE INDEX jy_merge_listed ON jy_merge (object, made_at, id);
