#!/usr/bin/env bash
# The compilers' and checkers' opinion of the code: gcc and clang without a warning, clang-tidy, cppcheck, shellcheck.
#   code.sh [OUT]     OUT: where the builds go, default out/lint
# Findings are mended, not silenced.  Exit status 1 when there is one.
# shellcheck disable=SC2317 # the check_* functions are called by name
set -u
cd "$(dirname "$0")/../.." || exit 1
out=${1:-out/lint}
status=0
mkdir -p "$out"
out=$(cd "$out" && pwd)

# one step: quiet when it passes
step() {
	local name=$1
	shift
	if "$@" >"$out/$name.log" 2>&1; then
		echo "  $name: ok"
	else
		echo "  $name: FAILED"
		cat "$out/$name.log"
		status=1
	fi
}

tracked() {
	git ls-files -co --exclude-standard -- "$@"
}

build() {
	make --no-print-directory -s -j2 CC="$1" OUT="$out/$1" WERROR=-Werror all sim unit-programs
}

# one file a run: LLVM 14 takes every va_list of a second file for uninitialized
check_tidy() {
	local flags
	flags="-std=gnu11 -D_GNU_SOURCE -Iinclude -Isrc/common -Isrc/callback"
	flags="$flags $(pkg-config --cflags fcgi libxml-2.0 libcrypto libcurl json-c libpq | sed 's/-I/-isystem /g')"
	# shellcheck disable=SC2086 # a list of flags
	tracked 'src/*.c' | xargs -P2 -I{} clang-tidy --quiet --warnings-as-errors='*' {} -- $flags
}

# without "portability": its advice there (readdir_r) is what glibc warns against
check_cpp() {
	cppcheck --quiet --enable=warning,performance --error-exitcode=1 --std=c11 --library=posix \
		--suppress=missingIncludeSystem -D_GNU_SOURCE -Iinclude -Isrc/callback -Isrc/common -j2 src tests/sim
}

check_shell() {
	tracked '*.sh' .ci/run deploy/spawn-fcgi/run | xargs shellcheck
}

step gcc build gcc
step clang build clang
step clang-tidy check_tidy
step cppcheck check_cpp
step shellcheck check_shell
exit $status
