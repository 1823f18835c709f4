#!/bin/bash
# report.sh [conninfo]: print one report, see `make report`.  From the environment:
#   R         view or function of schema report, or view of schema mirror
#   CORP      the corp: one for functions (the only one there is, unless told), all for views
#   FROM, TO  days, both included; the 30 days up to today.  Views with a day show all of them unless told
#   CUSTOMER  external_userid, for customer_timeline
#   CSV=1     lines of a file, as COPY writes them
# Connects as whoever the conninfo says; wecom_report is enough.

set -euo pipefail

conninfo=${1:-}
name=${R:-}

fail() {
	printf 'report: %s\n' "$1" >&2
	exit 1
}

ask() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v name="$name" -v corp="${CORP:-}" -d "$conninfo" -f - <<<"$1"
}

[[ $name =~ ^[a-z_]+$ ]] || fail 'R=name of a report: customer_daily, staff_ranking …'
kind=$(ask "
	select 'function' from pg_proc as f where f.pronamespace = 'report'::regnamespace and f.proname = :'name'
	union all
	select n.nspname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
	where n.nspname in ('report', 'mirror') and c.relname = :'name' and c.relkind = 'v'
	order by 1 desc
	limit 1") || fail 'the database does not answer, see above.'
[ -n "$kind" ] || fail "there is no report named $name."

first="coalesce(nullif(:'from', '')::date, coalesce(nullif(:'to', '')::date, current_date) - 29)"
last="coalesce(nullif(:'to', '')::date, current_date)"
if [ "$kind" = function ]; then
	if [ -z "${CORP:-}" ]; then
		CORP=$(ask 'select auth_corp_id from report.corp limit 2')
		[[ -n $CORP && $CORP != *$'\n'* ]] || fail 'CORP=id of the corp: there is not just one.'
	fi
	case $name in
	customer_timeline) query="select * from report.$name(:'corp', :'customer')" ;;
	*_of) query="select * from report.$name(:'corp')" ;;
	*) query="select * from report.$name(:'corp', $first, $last)" ;;
	esac
else
	query="select * from $kind.$name where (:'corp' = '' or auth_corp_id = :'corp')"
	has_day=$(ask "select 'yes' from pg_attribute where attrelid = '$kind.$name'::regclass and attname = 'day'")
	if [ -n "$has_day" ] && [ -n "${FROM:-}${TO:-}" ]; then
		query+=" and day between $first and $last"
	fi
fi
# values go in as variables of psql, which quotes them
options=()
[ -z "${CSV:-}" ] || options=(--csv)
psql -X -q -v ON_ERROR_STOP=1 "${options[@]}" -v name="$name" -v corp="${CORP:-}" -v from="${FROM:-}" -v to="${TO:-}" \
	-v customer="${CUSTOMER:-}" -d "$conninfo" -f - <<<"$query;"
