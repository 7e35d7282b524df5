-- Pairs of records that seem to be about the same, as the walk over all match keys found them, and
-- what people decided about them. Holds codes and degrees, no values.

CREATE TABLE jy_match_pair (
  object {text} NOT NULL,
  one {uuid} NOT NULL,
  other {uuid} NOT NULL,
  score {int} NOT NULL,
  why {text} NOT NULL,
  state {text} NOT NULL,
  found_at {int} NOT NULL,
  decided_at {int},
  decided_by {uuid},
  reason {text},
  PRIMARY KEY (object, one, other)
){strict};
-- The surest come first.
CREATE INDEX jy_match_pair_listed ON jy_match_pair (object, state, score, one, other);
-- Pairs of a record that is merged or deleted.
CREATE INDEX jy_match_pair_other ON jy_match_pair (other);
