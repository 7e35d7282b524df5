-- What measures add up to: sums of movements by day, kept by the commits that cause them.

-- The history of each carrier, such as an account. A balance on a day is the sum until then.
CREATE TABLE jy_measure_carrier (
  measure {text} NOT NULL,
  carrier {uuid} NOT NULL,
  day {int} NOT NULL,
  class {text} NOT NULL,
  delta {int} NOT NULL,
  PRIMARY KEY (measure, carrier, day, class)
){strict};

-- The same by org unit and owner of whom the carriers belong to. Where there is none, the id is all
-- zeros; rows whose owner is all ones hold the unit's total.
CREATE TABLE jy_measure_day (
  measure {text} NOT NULL,
  unit {uuid} NOT NULL,
  owner {uuid} NOT NULL,
  day {int} NOT NULL,
  class {text} NOT NULL,
  delta {int} NOT NULL,
  PRIMARY KEY (measure, unit, owner, day, class)
){strict};
-- The days of one owner at whatever units.
CREATE INDEX jy_measure_day_owner ON jy_measure_day (measure, owner, day);

-- The same by month (year * 12 + month from 0). `weighted` sums each movement times its day of the
-- month, so that averages over days follow without the days.
CREATE TABLE jy_measure_month (
  measure {text} NOT NULL,
  unit {uuid} NOT NULL,
  owner {uuid} NOT NULL,
  month {int} NOT NULL,
  class {text} NOT NULL,
  delta {int} NOT NULL,
  weighted {int} NOT NULL,
  PRIMARY KEY (measure, unit, owner, month, class)
){strict};
-- The months of one owner at whatever units.
CREATE INDEX jy_measure_month_owner ON jy_measure_month (measure, owner, month);
