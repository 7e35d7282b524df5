-- The totals of units by month, added up over a unit with all below it, and over everything under the
-- unit of all zeros: a question about the whole reads as little as one about a branch. A sum lies in up
-- to eight rows, by the last three bits of the unit that it comes from, so that branches which write at
-- once seldom wait for each other.
CREATE TABLE jy_measure_below (
  unit {uuid} NOT NULL,
  measure {text} NOT NULL,
  month {int} NOT NULL,
  class {text} NOT NULL,
  shard {int} NOT NULL,
  delta {int} NOT NULL,
  weighted {int} NOT NULL,
  PRIMARY KEY (unit, measure, month, class, shard)
){rowless};
