#!/bin/sh
# Settings agree everywhere.  The table in the programs is the truth; this fails when the sample file or the manual lacks a
# setting, has one too many, or tells another default, range, unit or reader.
#
#   tests/lint/settings.sh [command that prints the table]
#
# SAMPLE and MANUAL name other files to look at.
set -eu

cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- out/release/wecom-callback -S
sample=${SAMPLE:-deploy/etc/wecom-mirror.conf}
manual=${MANUAL:-deploy/etc/wecom-mirror.conf.5}

table=$("$@") || {
	echo "settings: cannot print the table: $*" >&2
	exit 1
}

# Each source becomes lines of: name, default, range and unit, readers, needed; tabs between.

# "# meaning, range unit; read by a, b; needed" above "NAME=default"
of_table() {
	printf '%s\n' "$table" | awk '
	/^# / {
		range = readers = ""
		if (match($0, /, ([0-9]+\.\.[0-9]+( [a-z]+)+|[a-z]+(\|[a-z]+)+);/))
			range = substr($0, RSTART + 2, RLENGTH - 3)
		if (match($0, /; read by [-a-z, ]+/))
			readers = substr($0, RSTART + 10, RLENGTH - 10)
		needed = $0 ~ /; needed$/ ? "needed" : ""
	}
	/^WECOM_/ {
		at = index($0, "=")
		print substr($0, 1, at - 1) "\t" substr($0, at + 1) "\t" range "\t" readers "\t" needed
	}'
}

# "# 1..64 processes.  Needed.  Read by a, b." above "NAME=" when needed, else above "#NAME=default"
of_sample() {
	awk '
	/^$/ { range = readers = needed = "" }
	/^# / && match($0, /^# ([0-9]+\.\.[0-9]+( [a-z]+)+|[a-z]+(\|[a-z]+)+)\./) {
		range = substr($0, RSTART + 2, RLENGTH - 3)
	}
	/^# / && /(^# |  )Needed\./ { needed = "says needed" }
	/^# / && match($0, /Read by [-a-z, ]+\.$/) { readers = substr($0, RSTART + 8, RLENGTH - 9) }
	/^#?WECOM_[A-Z_]*=/ {
		at = index($0, "=")
		name = substr($0, 1, at - 1)
		if (!sub(/^#/, "", name))
			needed = needed == "says needed" ? "needed" : "not commented out"
		print name "\t" substr($0, at + 1) "\t" range "\t" readers "\t" needed
		range = readers = needed = ""
	}' "$sample"
}

# "Type: …; unit: …; default: …; range: …; read by: …; needed." below ".It Cm NAME" of the section SETTINGS
of_manual() {
	awk '
	function told(key,  rest) {
		rest = $0
		if (!sub(".*; " key ": ", "", rest))
			return "?"
		sub(/(;|\.$).*/, "", rest)
		return rest == "none" ? "" : rest
	}
	/^\.Sh / { inside = $2 == "SETTINGS" }
	inside && /^\.It Cm / {
		if (name != "")
			print name "\thas no Type: line"
		name = $3
	}
	inside && /^Type: / && name != "" {
		fallback = $0
		if (!sub(/.*; default: /, "", fallback))
			fallback = "?"
		sub(/; range: .*/, "", fallback)
		range = $0
		sub(/.*; range: /, "", range)
		sub(/; read by: .*/, "", range)
		unit = told("unit")
		if (range !~ /^([0-9]+\.\.[0-9]+|[a-z]+(\|[a-z]+)+)$/)
			range = ""
		print name "\t" (fallback == "none" ? "" : fallback) "\t" range (unit == "" ? "" : " " unit) "\t" \
		    told("read by") "\t" ($0 ~ /; needed\.$/ ? "needed" : "")
		name = ""
	}
	END { if (name != "") print name "\thas no Type: line" }' "$manual"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
of_table | LC_ALL=C sort >"$work/table"
of_sample | LC_ALL=C sort >"$work/sample"
of_manual | LC_ALL=C sort >"$work/manual"

status=0

# compare <source> <file it was read from>
compare() {
	diff -U0 --label "table: name, default, range, readers, needed" --label "$2" "$work/table" "$work/$1" >&2 && return
	echo "settings: $2 differs from the programs' table" >&2
	status=1
}

if [ ! -s "$work/table" ]; then
	echo "settings: the table is empty: $*" >&2
	status=1
fi
compare sample "$sample"
compare manual "$manual"
[ $status -ne 0 ] || echo "settings: $(wc -l <"$work/table") settings, sample and manual agree"
exit $status
