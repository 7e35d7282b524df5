#!/usr/bin/env bash
# The main job on the sample files, from an empty folder to a proven log: what the README shows,
# in one go. Run it at the top of the repository.
#
#   JINYAO   the program        (default: target/debug/jinyao)
#   WORK     an empty folder    (default: ./walkthrough)
#   PORT     to serve on        (default: 8610)
set -euo pipefail
JINYAO=${JINYAO:-target/debug/jinyao}
WORK=${WORK:-./walkthrough}
PORT=${PORT:-8610}
BASE=http://127.0.0.1:$PORT
export JINYAO_DATA=$WORK/data

jinyao() { "$JINYAO" "$@"; }

# The value of a text or number in a JSON answer.
pick() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }

# Signs a user in with a one-time password and a new one: cookies go to a file, $CSRF is set.
sign_in() {
  local once
  once=$(jinyao user password "$1" | cut -d' ' -f2)
  CSRF=$(curl -sc "$WORK/$1.cookies" "$BASE/api/v1/session" \
    --json "{\"login\":\"$1\",\"password\":\"$once\"}" | pick csrf)
  curl -sfb "$WORK/$1.cookies" -H "X-CSRF-Token: $CSRF" -X PUT "$BASE/api/v1/session/password" \
    --json "{\"current\":\"$once\",\"new\":\"Walk-Through-9\"}"
}

echo '# The definitions, the org units, the people and their roles'
jinyao pack install
jinyao import samples/org_units.csv --object org_unit --mode upsert --match code
jinyao import samples/users.csv --object user
jinyao import samples/users.csv --object assignment

echo '# Serve'
"$JINYAO" serve --listen "127.0.0.1:$PORT" --plain-http >"$WORK/serve.log" 2>&1 &
SERVER=$!
trap 'kill $SERVER 2>/dev/null && wait $SERVER || true' EXIT
for _ in $(seq 100); do curl -sf "$BASE/ready" >/dev/null && break; sleep 0.1; done

echo '# The first customer file, over HTTP: upload, analyse, set up, try, run'
sign_in ops1
as_operator() { curl -sb "$WORK/ops1.cookies" -H "X-CSRF-Token: $CSRF" "$@"; }
FILE=$(as_operator "$BASE/api/v1/files" -F file=@samples/customers_core_system.csv | pick id)
as_operator "$BASE/api/v1/imports/analyse" --json "{\"object\":\"person\",\"file\":\"$FILE\"}" \
  >"$WORK/analysis.json"
PLAN=$(python3 -c '
import json, sys
found = json.load(open(sys.argv[1]))
columns = [{k: c[k] for k in ("column", "header", "field", "multiplier")}
           for c in found["columns"] if c["field"]]
print(json.dumps({"object": "person", "format": found["format"],
                  "header_row": found["header_row"], "columns": columns}))
' "$WORK/analysis.json")
IMPORT=$(as_operator "$BASE/api/v1/imports" --json "{\"file\":\"$FILE\",\"plan\":$PLAN}" | pick id)
for task in check run; do
  as_operator -X POST "$BASE/api/v1/imports/$IMPORT/$task"
  echo
  until as_operator "$BASE/api/v1/imports/$IMPORT" | grep -qE '"state":"(checked|done|failed)"'; do
    sleep 0.2
  done
done
as_operator "$BASE/api/v1/imports/$IMPORT" >"$WORK/import.json"
grep -o '"progress":{[^}]*}' "$WORK/import.json"
as_operator "$BASE/api/v1/imports/$IMPORT/errors" | tee "$WORK/errors.csv" | cut -c 1-60

echo '# The other two files, from the command line, as the same operator'
jinyao import samples/customers_branch_gb18030.csv --object person --mode upsert \
  --match id_number --as ops1 --errors "$WORK/branch.errors.csv"
jinyao import samples/customers_wealth.xlsx --object person --mode upsert \
  --match id_number --as ops1 --errors "$WORK/wealth.errors.csv" --language en

echo '# Everybody sees what is theirs; ID numbers are masked'
for login in head01 sup001 rm001; do
  sign_in "$login"
  curl -sb "$WORK/$login.cookies" \
    "$BASE/api/v1/records/person?columns=name,id_number&limit=1&count=exact"
  echo
done

echo '# One number in clear, with a reason; one phone changed; the same again too late'
as_rm() { curl -sb "$WORK/rm001.cookies" -H "X-CSRF-Token: $CSRF" "$@"; }
ID=$(as_rm "$BASE/api/v1/records/person?columns=name&limit=1" | pick id)
as_rm "$BASE/api/v1/records/person/$ID/reveal" \
  --json '{"field":"id_number","reason":"opening an account at the counter"}'
echo
ETAG=$(as_rm -o /dev/null -D - "$BASE/api/v1/records/person/$ID" | tr -d '\r' |
  sed -n 's/^etag: //Ip')
for phone in 13800138000 13800138001; do
  as_rm -o "$WORK/patch.json" -w '%{http_code}\n' -H "If-Match: $ETAG" -X PATCH \
    "$BASE/api/v1/records/person/$ID" --json "{\"mobile\":\"$phone\"}"
done
cut -c 1-160 "$WORK/patch.json"

echo '# Out again, with a purpose'
jinyao export --object person --columns name,tier,region --filter "tier = 'wealth'" \
  --purpose 'branch review' --as ops1 --format xlsx -o "$WORK/customers.xlsx"

echo '# The log proves itself'
kill "$SERVER"
wait "$SERVER" || true
jinyao audit verify

echo '# A customer opened: a family, one of it, a company, as their managers see them'
export JINYAO_DATA=$WORK/demo
jinyao demo --customers 200 >"$WORK/demo.log"
jinyao show relationship_group 高晓军家庭 --as rm007
jinyao show person 高晓军 --as rm007
jinyao show organization E00000001 --as rm006 --language en
