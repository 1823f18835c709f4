#!/bin/bash
# The SQL tests: a private cluster in a temporary folder, migrated, everything under tests/sql run against it, stopped.
# Works as root (the database then runs as user postgres) and as a plain user.  Exit code 0: all passed.
#   run.sh [reports]   with a folder given, JUnit reports are left there: sql.xml and sql-pgtap.xml
# PG_BIN: where initdb and pg_ctl are.  KEEP=1 leaves the folder for a look.

set -euo pipefail

tests_dir=$(cd "$(dirname "$0")" && pwd)
sql_dir=$tests_dir/../../sql
pg_bin=${PG_BIN:-$(pg_config --bindir)}
reports_dir=${1:-}
workers=3 # of pytest: one for each file that takes long
work_dir=$(mktemp -d "${TMPDIR:-/tmp}/wecom-sql.XXXXXX")

as_database_user() {
	if [ "$(id -u)" = 0 ]; then
		(cd "$work_dir" && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

# shellcheck disable=SC2317 # called by the trap
stop_cluster() {
	if [ -f "$work_dir/data/postmaster.pid" ]; then
		as_database_user "$pg_bin/pg_ctl" -D "$work_dir/data" -m immediate -w stop >/dev/null || true
	fi
	[ -n "${KEEP:-}" ] || rm -rf "$work_dir"
}
trap stop_cluster EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" != 0 ] || chown postgres "$work_dir"
as_database_user "$pg_bin/initdb" -D "$work_dir/data" -U postgres -A trust -E UTF8 --lc-collate=C --lc-ctype=C.UTF-8 \
	--no-sync --no-instructions >"$work_dir/log" 2>&1 || { cat "$work_dir/log" >&2; exit 1; }
cat >>"$work_dir/data/postgresql.conf" <<-CONF
	listen_addresses = ''
	unix_socket_directories = '$work_dir'
	fsync = off
	max_connections = 60
	deadlock_timeout = 100ms
	log_min_messages = warning
CONF
as_database_user "$pg_bin/pg_ctl" -D "$work_dir/data" -l "$work_dir/server.log" -w start >/dev/null ||
	{ cat "$work_dir/server.log" >&2; exit 1; }

export PGHOST=$work_dir PGPORT=5432 PGUSER=postgres PGDATABASE=wecom
unset PGOPTIONS PGSERVICE PGHOSTADDR PGPASSWORD
psql -X -q -d postgres -c 'create database wecom'
"$sql_dir/migrate.sh" "dbname=wecom" >"$work_dir/migrate.log" || exit 1
psql -X -q -v ON_ERROR_STOP=1 -f "$tests_dir/helper.sql"
# a copy for the scripts, and one for each of pytest's workers (conftest.py): nobody sees what the others do
for copy in tap $(seq -f gw%g 0 $((workers - 1))); do
	psql -X -q -d postgres -c "create database wecom_$copy template wecom"
done

failed=0
# one run, shown on the screen or as a report; a failure in a report is shown by a second run
prove_pgtap() {
	PGDATABASE=wecom_tap pg_prove "$@" "$tests_dir"/pgtap/*.sql
}
check_pgtap() {
	if [ -z "$reports_dir" ]; then
		prove_pgtap --failures --comments
		return
	fi
	prove_pgtap --formatter TAP::Formatter::JUnit >"$reports_dir/sql-pgtap.xml" && return
	prove_pgtap --failures --comments || true
	# a script that broke off has no test of its own to fail
	echo '<testsuite><testcase name="every script runs to its end and passes"><failure/></testcase></testsuite>' \
		>"$reports_dir/sql-pgtap-end.xml"
	return 1
}
check_pgtap >"$work_dir/pgtap.log" 2>&1 &
pgtap=$!
PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-/usr/bin/python3}" -m pytest -q -p no:cacheprovider --durations=3 \
	-n "$workers" --dist loadfile ${reports_dir:+"--junitxml=$reports_dir/sql.xml"} "$tests_dir" || failed=1
wait "$pgtap" || failed=1
cat "$work_dir/pgtap.log"
exit $failed
