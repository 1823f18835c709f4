#!/usr/bin/env bash
# One round of every fuzzer: first what is kept under tests/data/fuzz/fuzz_NAME (seeds and inputs that once crashed) is
# replayed, then new inputs are tried for so many seconds.
#   round.sh PROGRAMS_FOLDER CORPUS_FOLDER SECONDS REPORT.xml
# New inputs are kept in CORPUS_FOLDER for the next round; a crash is written there too and fails the round.
set -eu
programs=$1 corpus=$2 seconds=$3 report=$4
here=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$corpus" "$(dirname "$report")"
cases='' failed=0 n=0

# one case: run it, keep its output for the report when it fails
try() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$corpus/$name.log" 2>&1; then
		cases="$cases<testcase classname=\"fuzz\" name=\"$name\"/>"
		echo "  $name: ok"
	else
		failed=$((failed + 1))
		cases="$cases<testcase classname=\"fuzz\" name=\"$name\"><failure message=\"see $name.log\"/></testcase>"
		echo "  $name: FAILED"
		tail -n 40 "$corpus/$name.log"
	fi
}

for program in "$programs"/fuzz_*; do
	case $program in *.o | *.d) continue ;; esac
	[ -x "$program" ] || continue
	name=$(basename "$program")
	kept=$here/tests/data/fuzz/$name
	mkdir -p "$corpus/$name"
	# a fuzzer without anything kept starts from nothing
	[ -d "$kept" ] || kept=$corpus/$name
	if [ -n "$(ls -A "$kept")" ]; then
		try "${name}_replay" "$program" -timeout=10 -rss_limit_mb=2048 "$kept"/*
	fi
	try "$name" "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
		-artifact_prefix="$corpus/crash-$name-" -print_final_stats=1 "$corpus/$name" "$kept"
done
printf '<testsuite name="fuzz" tests="%d" failures="%d">%s</testsuite>\n' "$n" "$failed" "$cases" >"$report"
[ "$n" -gt 0 ] && [ "$failed" -eq 0 ]
