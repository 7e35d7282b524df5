-- What generated SQL calls on PostgreSQL. Each function means what the expression language means by
-- it; the agreement test holds them to that. Dates are days and instants microseconds since 1970.

CREATE OR REPLACE FUNCTION jy_bound(x numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN CASE WHEN abs(x) < 10000000000000000 THEN round(x, 12) END; END $$;

CREATE OR REPLACE FUNCTION jy_add(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_bound(jy_bound(a) + jy_bound(b)); END $$;

CREATE OR REPLACE FUNCTION jy_sub(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_bound(jy_bound(a) - jy_bound(b)); END $$;

CREATE OR REPLACE FUNCTION jy_mul(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_bound(round(jy_bound(a) * jy_bound(b), 12)); END $$;

-- Forty-five digits of the quotient cannot lie on the wrong side of a half of the twelfth.
CREATE OR REPLACE FUNCTION jy_div(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN
  IF jy_bound(b) = 0 THEN RETURN NULL; END IF;
  RETURN jy_bound(round(round(jy_bound(a), 45) / jy_bound(b), 12));
END $$;

CREATE OR REPLACE FUNCTION jy_rem(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN
  IF jy_bound(b) = 0 THEN RETURN NULL; END IF;
  RETURN jy_bound(mod(jy_bound(a), jy_bound(b)));
END $$;

CREATE OR REPLACE FUNCTION jy_round(x numeric, digits numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_bound(round(jy_bound(x), greatest(-12, least(12, trunc(digits)))::int)); END $$;

CREATE OR REPLACE FUNCTION jy_neg(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT -$1 $$;
CREATE OR REPLACE FUNCTION jy_abs(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT abs($1) $$;
CREATE OR REPLACE FUNCTION jy_floor(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT floor($1) $$;
CREATE OR REPLACE FUNCTION jy_ceiling(x numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ceil($1) $$;
CREATE OR REPLACE FUNCTION jy_duration(micros bigint) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT jy_bound($1::numeric) $$;

-- A day in the years 1 to 9999, or nothing.
CREATE OR REPLACE FUNCTION jy_dated(days numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN CASE WHEN days BETWEEN -719162 AND 2932896 THEN days::bigint END; END $$;

CREATE OR REPLACE FUNCTION jy_civil(days bigint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT DATE '1970-01-01' + $1::int $$;

CREATE OR REPLACE FUNCTION jy_date_add(days bigint, length numeric, sign int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_dated(days + sign * div(trunc(length), 86400000000)); END $$;

CREATE OR REPLACE FUNCTION jy_instant_add(at bigint, length numeric, sign int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE moved numeric := at + sign * trunc(length);
BEGIN RETURN CASE WHEN moved BETWEEN -377705023201000000 AND 253402207200999999 THEN moved::bigint END; END $$;

CREATE OR REPLACE FUNCTION jy_add_days(days bigint, count numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_dated(days + trunc(count)); END $$;

CREATE OR REPLACE FUNCTION jy_month_end(days bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE d date := jy_civil(days);
BEGIN RETURN (d - extract(day FROM d)::int + 1 + interval '1 month')::date - 1 - DATE '1970-01-01'; END $$;

CREATE OR REPLACE FUNCTION jy_month_start(days bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN days - extract(day FROM jy_civil(days))::int + 1; END $$;

CREATE OR REPLACE FUNCTION jy_add_months(days bigint, count numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE
  d date := jy_civil(days);
  total numeric := extract(year FROM d) * 12 + extract(month FROM d) - 1 + trunc(count);
  first date;
BEGIN
  IF total < 12 OR total >= 120000 THEN RETURN NULL; END IF;
  first := make_date(div(total, 12)::int, mod(total, 12)::int + 1, 1);
  RETURN least(first + extract(day FROM d)::int - 1,
               jy_civil(jy_month_end(first - DATE '1970-01-01'))) - DATE '1970-01-01';
END $$;

CREATE OR REPLACE FUNCTION jy_add_years(days bigint, count numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_add_months(days, trunc(count) * 12); END $$;

CREATE OR REPLACE FUNCTION jy_months_between(f bigint, t bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE
  a date := jy_civil(least(f, t));
  b date := jy_civil(greatest(f, t));
  months bigint := (extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b) - extract(month FROM a)
    - CASE WHEN extract(day FROM b) < extract(day FROM a) THEN 1 ELSE 0 END;
BEGIN RETURN CASE WHEN t < f THEN -months ELSE months END; END $$;

CREATE OR REPLACE FUNCTION jy_years_between(f bigint, t bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN jy_months_between(f, t) / 12; END $$;

CREATE OR REPLACE FUNCTION jy_year(days bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT extract(year FROM jy_civil($1))::bigint $$;
CREATE OR REPLACE FUNCTION jy_month(days bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT extract(month FROM jy_civil($1))::bigint $$;
CREATE OR REPLACE FUNCTION jy_day(days bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT extract(day FROM jy_civil($1))::bigint $$;

-- Asia/Shanghai lies eight hours ahead; division rounds towards earlier days.
CREATE OR REPLACE FUNCTION jy_date_of(micros bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE m bigint := micros + 28800000000;
BEGIN RETURN jy_dated((m - ((m % 86400000000) + 86400000000) % 86400000000) / 86400000000); END $$;

CREATE OR REPLACE FUNCTION jy_trim(s text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT btrim($1, E' \u3000') $$;
CREATE OR REPLACE FUNCTION jy_left(s text, count numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN left(s, greatest(0, least(1000000, trunc(count)))::int); END $$;
CREATE OR REPLACE FUNCTION jy_right(s text, count numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN right(s, greatest(0, least(1000000, trunc(count)))::int); END $$;
CREATE OR REPLACE FUNCTION jy_contains(s text, part text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT strpos($1, $2) > 0 $$;
CREATE OR REPLACE FUNCTION jy_starts_with(s text, part text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT starts_with($1, $2) $$;
CREATE OR REPLACE FUNCTION jy_ends_with(s text, part text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT right($1, char_length($2)) = $2 $$;

CREATE OR REPLACE FUNCTION jy_under(code text, ancestor text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN
  RETURN starts_with(code, CASE WHEN ancestor ~ '^[0-9]{6}$' THEN regexp_replace(ancestor, '(00){1,2}$', '') ELSE ancestor END);
END $$;

-- The first seventeen digits of a resident ID, or nothing.
CREATE OR REPLACE FUNCTION jy_id_digits(id text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN CASE WHEN octet_length(id) = 18 AND id ~ '^[0-9]{17}' THEN left(id, 17) END; END $$;
CREATE OR REPLACE FUNCTION jy_id_region(id text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT left(jy_id_digits($1), 6) $$;
CREATE OR REPLACE FUNCTION jy_id_sex(id text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ BEGIN RETURN CASE WHEN jy_id_digits(id) IS NULL THEN NULL WHEN right(jy_id_digits(id), 1)::int % 2 = 1 THEN 'male' ELSE 'female' END; END $$;
CREATE OR REPLACE FUNCTION jy_id_birth_date(id text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE
  digits text := jy_id_digits(id);
  y int; m int; d int; first date;
BEGIN
  IF digits IS NULL THEN RETURN NULL; END IF;
  y := substr(digits, 7, 4)::int; m := substr(digits, 11, 2)::int; d := substr(digits, 13, 2)::int;
  IF y < 1 OR m < 1 OR m > 12 OR d < 1 THEN RETURN NULL; END IF;
  first := make_date(y, m, 1);
  IF d > extract(day FROM first + interval '1 month' - interval '1 day') THEN RETURN NULL; END IF;
  RETURN first + d - 1 - DATE '1970-01-01';
END $$;
