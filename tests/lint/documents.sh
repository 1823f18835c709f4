#!/bin/sh
# Documents are checked like code: what a manual, guide or sample names must exist, and what exists must be named.
# Usage: documents.sh [check ...]; without names every check; `documents.sh -l` lists them.
# One line per fault on stdout; exit 1 when there is any.  Changes nothing.
set -u
cd "$(dirname "$0")/../.." || exit 70
LC_ALL=C.UTF-8
export LC_ALL

GUIDES='README.md deploy/README.zh-CN.md'
MANUAL=src/callback/wecom-callback.8
SYNC_MANUAL=src/sync/wecom-sync.8
WEB_MANUAL=src/web/wecom-web.8
PROGRAMS='callback sync web'
BUILD=${WECOM_BUILD:-out/release}
CHECKS='manuals links paths targets settings sample options outcomes reasons counters sentences database jobs lines'
# Aim at 100 columns; 120 is what .clang-format sets; beyond 140 nobody reads on.
LINE_MAX=140

# Names that begin like settings and are none.
OTHER_NAMES='WECOM_CONF WECOM_BASE_URL WECOM_CALLBACK_SOCKET WECOM_WEB_SOCKET'

faults=0

fault()
{
	echo "$check: $*"
	faults=$((faults + 1))
}

# Is word $1 among the words of $2?
is_among()
{
	case " $(echo "$2" | tr '\n' ' ') " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

# All between backticks, a line each, and all code lines of a guide.
code_of()
{
	awk '/^```/ { is_code = !is_code; next } is_code || /^    / { print }' "$1"
	# shellcheck disable=SC2016 # backticks of Markdown
	grep -o '`[^`]*`' "$1" | tr -d '`'
}

# The tree's own text files: what git would carry.
own_files()
{
	git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null | sort -u | while read -r file; do
		[ -f "$file" ] && echo "$file"
	done
}

settings_of_table()
{
	sed -nE 's/^[[:space:]]*\{"(WECOM_[A-Z_]+)",.*/\1/p' src/common/conf.c | sort -u
}

check_manuals()
{
	for page in $(own_files '*.[1-9]'); do
		said=$(mandoc -T lint -W warning "$page" 2>&1) || fault "$page: $(echo "$said" | head -n 3)"
	done
}

check_links()
{
	for guide in $GUIDES; do
		targets=$(grep -oE '\]\([^)#]+' "$guide" | cut -c3- | grep -v '^https\?:')
		for target in $targets; do
			[ -e "$(dirname "$guide")/$target" ] || fault "$guide links to $target, which is not there"
		done
	done
}

check_paths()
{
	for guide in $GUIDES; do
		for path in $(code_of "$guide" | grep -oE '(^|[^A-Za-z0-9_./-])(src|include|sql|tests|deploy)/[A-Za-z0-9_./-]*' |
			grep -oE '(src|include|sql|tests|deploy)/.*' | sort -u); do
			[ -e "$path" ] || fault "$guide names $path, which is not there"
		done
	done
	for program in $PROGRAMS; do
		grep -q "^ExecStart=/usr/local/bin/wecom-$program " "deploy/systemd/wecom-$program.service" ||
			fault "wecom-$program.service does not start the installed program"
		grep -q "wecom-$program.8" Makefile || fault "Makefile does not install the manual of wecom-$program"
		# shellcheck disable=SC2086 # a list of names
		for guide in $GUIDES; do
			grep -q "wecom-$program -n" "$guide" || fault "$guide does not say wecom-$program -n"
			grep -qE "systemctl enable --now .*wecom-$program.service" "$guide" ||
				fault "$guide does not enable wecom-$program.service"
		done
	done
	socket=$(sed -n 's/^ListenStream=//p' deploy/systemd/wecom-callback.socket)
	for file in deploy/nginx/wecom-mirror-upstream.conf deploy/apache/wecom-mirror.conf "$MANUAL"; do
		grep -q "$socket" "$file" || fault "$file does not use the socket of the systemd unit, $socket"
	done
	grep -qF "${socket%/*}/\$program.sock" deploy/spawn-fcgi/run ||
		fault "deploy/spawn-fcgi/run does not use the folder of the systemd unit's socket, $socket"
	socket=$(sed -n 's/^ListenStream=//p' deploy/systemd/wecom-web.socket)
	for file in deploy/nginx/wecom-mirror-web-upstream.conf deploy/apache/wecom-mirror.conf "$WEB_MANUAL"; do
		grep -q "$socket" "$file" || fault "$file does not use the socket of the systemd unit, $socket"
	done
	pages=$(sed -nE 's/.*\{"WECOM_PAGE_DIR", "([^"]+)".*/\1/p' src/common/conf.c)
	for file in deploy/nginx/wecom-mirror-web-locations.conf deploy/apache/wecom-mirror.conf "$WEB_MANUAL"; do
		grep -q "$pages" "$file" || fault "$file does not name the default of WECOM_PAGE_DIR, $pages"
	done
	for path in command callback login system; do
		for file in src/callback/route.c deploy/nginx/wecom-mirror-locations.conf "$MANUAL" README.md; do
			grep -q "/api/v1/wecom/$path" "$file" || fault "$file lacks the path /api/v1/wecom/$path"
		done
	done
}

check_targets()
{
	for guide in $GUIDES; do
		for target in $(code_of "$guide" | grep -oE '(^|[ ;&(])make [a-z][a-z0-9-]*' | sed 's/.*make //' | sort -u); do
			grep -qE "^([a-z0-9-]+ )*$target( [a-z0-9-]+)*:" Makefile || fault "$guide: no target $target in Makefile"
		done
	done
	for target in all run stop test check bench fuzz lint coverage migrate report install uninstall clean help; do
		grep -qE "^$target:" Makefile || fault "Makefile lacks the target $target"
	done
}

check_settings()
{
	known="$(settings_of_table) $OTHER_NAMES"
	for file in $GUIDES $(own_files '*.[1-9]' deploy/nginx deploy/apache deploy/systemd deploy/spawn-fcgi \
		deploy/etc); do
		names=$(grep -oE 'WECOM_[A-Z][A-Z_]*[A-Z]' "$file" | sort -u)
		for name in $names; do
			is_among "$name" "$known" || fault "$file names $name, which is no setting"
		done
	done
	for program in $PROGRAMS; do
		page=src/$program/wecom-$program.8
		read_here=$("$BUILD/wecom-$program" -S | awk -v program="wecom-$program" '
			/^# / { is_read = match($0, "; read by [-a-z, ]*" program) }
			/^WECOM_/ && is_read { sub(/=.*/, ""); print }')
		[ -n "$read_here" ] || fault "$BUILD/wecom-$program prints no settings: is it built?"
		names=$(grep -oE '^\.(Ev|Cm) WECOM_[A-Z_]+' "$page" | cut -d' ' -f2 | sort -u)
		for name in $names; do
			is_among "$name" "$read_here $OTHER_NAMES" ||
				fault "$page names $name, which wecom-$program does not read"
		done
	done
}

# The table of settings, the sample and its manual agree, defaults and ranges too.
check_sample()
{
	said=$(tests/lint/settings.sh "$BUILD/wecom-callback" -S 2>&1) || fault "$said"
}

# What getopt takes, what -h says and what the manual explains are the same.
check_options()
{
	for program in $PROGRAMS; do
		page=src/$program/wecom-$program.8
		letters=$(sed -nE 's/.*getopt\(argc, argv, "([^"]+)".*/\1/p' "src/$program/main.c" | tr -d ':' | fold -w1)
		documented=$(sed -nE 's/^\.It Fl ([A-Za-z])( .*)?$/\1/p' "$page")
		told=$("$BUILD/wecom-$program" -h | sed -nE 's/^  -([A-Za-z])( .*)?$/\1/p')
		[ -n "$letters" ] || fault "no options found in src/$program/main.c"
		[ "$letters" = "$documented" ] ||
			fault "$page has the options $(echo "$documented" | tr -d '\n'), main.c $(echo "$letters" | tr -d '\n')"
		[ "$letters" = "$told" ] ||
			fault "wecom-$program -h has the options $(echo "$told" | tr -d '\n'), main.c $(echo "$letters" | tr -d '\n')"
	done
}

# Outcomes and the fields of the request's line.
check_outcomes()
{
	documented=$(sed -nE 's/^\.It Cm (.*)$/\1/p' "$MANUAL" | tr -d ',')
	for name in $(sed -nE 's/^[[:space:]]*\[ST_[A-Z_]+\] = \{"([a-z_]+)".*/\1/p' src/common/status.c) \
		$(sed -nE 's/.*log_line_[a-z]+\(&line, "([a-z_]+)".*/\1/p' src/callback/reply.c | sort -u); do
		is_among "$name" "$documented" || fault "$MANUAL does not explain $name"
	done
}

# Why the pages refuse, and the fields of a request's line.
check_reasons()
{
	documented=$(sed -nE 's/^\.It Cm (.*)$/\1/p' "$WEB_MANUAL" | tr -d ',')
	for name in $(sed -nE 's/^[[:space:]]*\[REASON_[A-Z_]+\] = \{"([a-z_]+)",.*/\1/p' src/web/reason.c | grep -vx none) \
		$(sed -nE 's/.*log_line_[a-z]+\(&line, "([a-z_]+)".*/\1/p' src/web/web.c | sort -u); do
		is_among "$name" "$documented" || fault "$WEB_MANUAL does not explain $name"
	done
}

# Kinds, outcomes and fields of the line that tells of a job.
check_jobs()
{
	documented=$(sed -nE 's/^\.It Cm (.*)$/\1/p; s/^\.Ql ([a-z]+).*$/\1/p' "$SYNC_MANUAL" | tr ',' ' ')
	kinds=$(sed -nE 's/^[[:space:]]*\{"([a-z0-9_]+)", job_[a-z0-9_]+\},$/\1/p' src/sync/worker.c)
	outcomes=$(sed -nE '/^outcome_name/,/^}/s/.*return "([a-z]+)".*/\1/p' src/sync/worker.c)
	fields=$(sed -nE 's/.*log_line_[a-z]+\(&line, "([a-z_]+)".*/\1/p' src/sync/worker.c | sort -u)
	if [ -z "$kinds" ] || [ -z "$outcomes" ] || [ -z "$fields" ]; then
		fault "src/sync/worker.c does not look as it did: kinds, outcomes or fields are not found"
	fi
	for name in $kinds $outcomes $fields; do
		is_among "$name" "$documented" || fault "$SYNC_MANUAL does not explain $name"
	done
}

# A sentence in a manual's DIAGNOSTICS is one that the program says: all of it but N for numbers, "…" and on for what varies.
check_sentences()
{
	for program in $PROGRAMS; do
		cat src/common/*.c "src/$program"/*.c | tr -d '\n' | sed 's/"[[:space:]]*"//g' >"$work/text"
		sed -nE 's/^\.It "(.*)"$/\1/p' "src/$program/wecom-$program.8" >"$work/sentences"
		[ -s "$work/sentences" ] || fault "no sentences found in src/$program/wecom-$program.8"
		sed -E 's/\<N\>|…| on$/\n/g' "$work/sentences" | sed -E 's/^[ )(]+//; s/[ )(]+$//' | grep . >"$work/parts"
		while read -r part; do
			grep -qF -- "$part" "$work/text" ||
				fault "src/$program/wecom-$program.8: the program never says: $part"
		done <"$work/parts"
	done
}

# Views, tables and functions that are named exist.  That the statements run, and with these rights, test_documents.py sees.
check_database()
{
	for file in $GUIDES "$SYNC_MANUAL" "$MANUAL" "$WEB_MANUAL"; do
		names=$(grep -oE '(^|[^-a-z])(mirror|report)\.[a-z_]+' "$file" | grep -oE '[a-z]+\.[a-z_]+' | sort -u)
		for name in $names; do
			[ -e "sql/view/$(echo "$name" | tr . _).sql" ] || fault "$file names the view $name, which is not there"
		done
		names=$(grep -oE '\<wecom\.[a-z_]+' "$file" | cut -d. -f2 | sort -u)
		for name in $names; do
			[ -e "sql/function/$name.sql" ] || grep -qE "^create table wecom\.$name " sql/migrate/*.sql ||
				fault "$file names wecom.$name, which is neither a function nor a table"
		done
	done
}

check_counters()
{
	for file in $GUIDES $(own_files '*.8'); do
		names=$(grep -oE 'wecom_(callback|web)_[a-z_]+' "$file" | sort -u)
		for name in $names; do
			# some are printed by both pools, the program's name being a parameter
			grep -qE "$name|wecom_%s_${name#wecom_*_}" src/common/metrics.c ||
				fault "$file names the counter $name, which is not printed"
		done
	done
}

# Tables of Markdown, lines of example commands and texts inside SQL cannot be broken; golden inputs are as they came.
# One process for all files; what is left out of one kind of file is a pattern.
check_lines()
{
	# shellcheck disable=SC2016 # perl's variables
	found=$(own_files Makefile include src sql tests deploy README.md .ci | grep -v '^tests/data/' |
		LINE_MAX=$LINE_MAX perl -CSD -MText::Tabs -e '
			while (my $file = <STDIN>) {
				chomp $file;
				open(my $input, "<:encoding(UTF-8)", $file) or next;
				my @lines = <$input>;
				next if grep { /\0/ } @lines;
				my $left_out = $file =~ /\.md$/ ? qr/^(\||    |[A-Z_]+=)/
					: $file =~ /\.5$/ ? qr/^Type:/		# read by settings.sh, one line each
					: $file =~ /\.sql$/ ? qr/\x27/ : qr/^$/;
				my $number = 0;
				for my $line (@lines) {
					$number++;
					chomp $line;
					print "$file:$number: blanks at the end of the line\n" if $line =~ /[ \t\r]$/;
					print "$file:$number: longer than $ENV{LINE_MAX} columns\n"
						if $line !~ $left_out && length(expand($line)) > $ENV{LINE_MAX};
				}
			}')
	[ -z "$found" ] || fault "$found"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "${1:-}" = -l ]; then
	echo "$CHECKS" | tr ' ' '\n'
	exit 0
fi
# shellcheck disable=SC2086 # a list of names
[ $# -gt 0 ] || set -- $CHECKS
for check in "$@"; do
	is_among "$check" "$CHECKS" || {
		echo "documents.sh: no such check: $check" >&2
		exit 64
	}
	"check_$check"
done
[ "$faults" -eq 0 ]
