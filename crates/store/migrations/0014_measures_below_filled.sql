-- The sums of units with all below them, from the totals of units that are there already.

{sqlite}INSERT INTO jy_measure_below (unit, measure, month, class, shard, delta, weighted)
  SELECT c.ancestor, m.measure, m.month, m.class,
    (instr('0123456789ABCDEF', substr(hex(m.unit), 32, 1)) - 1) & 7, SUM(m.delta), SUM(m.weighted)
  FROM jy_measure_month m JOIN (SELECT ancestor, descendant FROM jy_org_closure
    UNION ALL SELECT zeroblob(16), unit FROM (SELECT DISTINCT unit FROM jy_measure_month)) c
    ON c.descendant = m.unit
  WHERE m.owner = x'ffffffffffffffffffffffffffffffff' GROUP BY 1, 2, 3, 4, 5;
{postgres}INSERT INTO jy_measure_below (unit, measure, month, class, shard, delta, weighted)
  SELECT c.ancestor, m.measure, m.month, m.class,
    get_byte(uuid_send(m.unit), 15) & 7, SUM(m.delta)::bigint, SUM(m.weighted)::bigint
  FROM jy_measure_month m JOIN (SELECT ancestor, descendant FROM jy_org_closure
    UNION ALL SELECT '00000000-0000-0000-0000-000000000000'::uuid, unit
      FROM (SELECT DISTINCT unit FROM jy_measure_month) u) c
    ON c.descendant = m.unit
  WHERE m.owner = 'ffffffff-ffff-ffff-ffff-ffffffffffff' GROUP BY 1, 2, 3, 4, 5;
