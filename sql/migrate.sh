#!/bin/bash
# migrate.sh [conninfo]: bring a database to the schema of this tree; harmless when done twice, or by many at once.
# Never goes back, never touches a database newer than the tree.
#
# Steps: roles, schemas and the migration table (bootstrap.sql); the numbered migrations not yet applied; today's
# functions, views and grants (install.sql); what these keep for reports and older ones did not; the event partitions needed
# now.
# The role it connects as must be able to create roles and schemas (a superuser, or CREATEROLE and CREATE).

set -euo pipefail

sql_dir=$(cd "$(dirname "$0")" && pwd)
conninfo=${1:-}

fail() {
	printf 'migrate: %s\n' "$1" >&2
	exit 1
}

run_psql() {
	psql -X -q -v ON_ERROR_STOP=1 -d "$conninfo" "$@"
}

# a result of one value
ask() {
	run_psql -A -t -c "$1"
}

# 0001_event.sql gives 1
version_of() {
	local name=${1##*/}
	printf '%d' "$((10#${name%%_*}))"
}

# Apply one file in a transaction of its own.  Its version row goes in first: a second runner waits there, and then
# finds it taken.
apply_migration() {
	local file=$1 name=${1##*/}
	name=${name#*_}
	run_psql -v version="$(version_of "$file")" -v name="${name%.sql}" -v file="$file" -f - <<-'SQL'
		begin;
		set local role wecom_owner;
		with taken as (
			insert into wecom.migration (version, name)
			values (:version, :'name')
			on conflict (version) do nothing
			returning version
		)
		select count(*) = 1 as is_mine from taken \gset
		\if :is_mine
		\i :file
		commit;
		\echo migration :version :name
		\else
		rollback;
		\endif
	SQL
}

migrations=("$sql_dir"/migrate/[0-9][0-9][0-9][0-9]_*.sql)
newest=$(version_of "${migrations[-1]}")

ask 'select' >/dev/null || fail 'cannot connect to the database, see above.'
encoding=$(ask 'show server_encoding')
[ "$encoding" = UTF8 ] ||
	fail "the database has the encoding $encoding, which cannot hold every event: create it with encoding 'UTF8'."
if [ "$(ask "select to_regclass('wecom.migration') is not null")" = t ]; then
	applied=$(ask 'select coalesce(max(version), 0) from wecom.migration')
	[ "$applied" -le "$newest" ] ||
		fail "the database has schema version $applied, newer than this tree's $newest: use the newer release."
fi

run_psql -f "$sql_dir/bootstrap.sql" || fail 'roles and schemas could not be made, see above; nothing was changed.'
for file in "${migrations[@]}"; do
	apply_migration "$file" || fail "${file##*/} failed, see above; it was not applied."
done
run_psql -f "$sql_dir/install.sql" || fail 'functions, views and grants could not be renewed, see above; they are as before.'
sed -n -e 's#^\\ir \([a-z]*\)/\(.*\)\.sql$#\1 \2#p' -e 's#^\\ir \(role\)\.sql$#\1#p' "$sql_dir/install.sql"
while filled=$(ask 'select wecom.rollup_fill(2000)') && [ "$filled" -ge 2000 ]; do :; done
[ -n "$filled" ] || fail 'what reports keep could not be filled in, see above; run this again.'
done_list=$(ask 'select action, partition_name, events from wecom.event_partition_maintain()') ||
	fail 'the event partitions could not be seen to, see above; run this again.'
[ -z "$done_list" ] || printf '%s\n' "$done_list" |
	while IFS='|' read -r action name events; do
		printf 'partition %s %s%s\n' "$name" "$action" "${events:+ events=$events}"
	done
