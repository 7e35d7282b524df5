-- The ledger of measures in the order of its keys, where a table lies in an order: what a carrier or an
-- owner has stands together, and every movement has one tree less to keep.

{sqlite}ALTER TABLE jy_measure_carrier RENAME TO jy_measure_carrier_loose;
{sqlite}CREATE TABLE jy_measure_carrier (
  measure {text} NOT NULL,
  carrier {uuid} NOT NULL,
  day {int} NOT NULL,
  class {text} NOT NULL,
  delta {int} NOT NULL,
  PRIMARY KEY (measure, carrier, day, class)
){rowless};
{sqlite}INSERT INTO jy_measure_carrier (measure, carrier, day, class, delta)
  SELECT measure, carrier, day, class, delta FROM jy_measure_carrier_loose
  ORDER BY measure, carrier, day, class;
{sqlite}DROP TABLE jy_measure_carrier_loose;

{sqlite}DROP INDEX jy_measure_day_owner;
{sqlite}ALTER TABLE jy_measure_day RENAME TO jy_measure_day_loose;
{sqlite}CREATE TABLE jy_measure_day (
  measure {text} NOT NULL,
  unit {uuid} NOT NULL,
  owner {uuid} NOT NULL,
  day {int} NOT NULL,
  class {text} NOT NULL,
  delta {int} NOT NULL,
  PRIMARY KEY (measure, unit, owner, day, class)
){rowless};
{sqlite}INSERT INTO jy_measure_day (measure, unit, owner, day, class, delta)
  SELECT measure, unit, owner, day, class, delta FROM jy_measure_day_loose
  ORDER BY measure, unit, owner, day, class;
{sqlite}DROP TABLE jy_measure_day_loose;
{sqlite}CREATE INDEX jy_measure_day_owner ON jy_measure_day (measure, owner, day);

{sqlite}DROP INDEX jy_measure_month_owner;
{sqlite}ALTER TABLE jy_measure_month RENAME TO jy_measure_month_loose;
{sqlite}CREATE TABLE jy_measure_month (
  measure {text} NOT NULL,
  unit {uuid} NOT NULL,
  owner {uuid} NOT NULL,
  month {int} NOT NULL,
  class {text} NOT NULL,
  delta {int} NOT NULL,
  weighted {int} NOT NULL,
  PRIMARY KEY (measure, unit, owner, month, class)
){rowless};
{sqlite}INSERT INTO jy_measure_month (measure, unit, owner, month, class, delta, weighted)
  SELECT measure, unit, owner, month, class, delta, weighted FROM jy_measure_month_loose
  ORDER BY measure, unit, owner, month, class;
{sqlite}DROP TABLE jy_measure_month_loose;
{sqlite}CREATE INDEX jy_measure_month_owner ON jy_measure_month (measure, owner, month);
