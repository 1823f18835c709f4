#!/usr/bin/env bash
# The compilers' and checkers' opinion of the code: gcc and clang without a warning, clang-tidy, cppcheck, shellcheck.
#   code.sh [OUT]     OUT: where the builds go, default out/lint; what has not changed since is not looked at again
# Findings are mended, not silenced.  Exit status 1 when there is one.
# shellcheck disable=SC2317 # the check_* functions are called by name
set -u
cd "$(dirname "$0")/../.." || exit 1
out=${1:-out/lint}
programs=(all sim unit-programs fault-programs)
jobs=$(nproc)
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
		grep -vE '^  (CC|LINK|TIDY) |^[0-9]+ warnings? generated' "$out/$name.log"
		status=1
	fi
}

tracked() {
	git ls-files -co --exclude-standard -- "$@"
}

build() {
	local compiler=$1
	shift
	make --no-print-directory -s -k -j"$jobs" CC="$compiler" OUT="$out/$compiler" WERROR=-Werror "$@"
}

# without "portability": its advice there (readdir_r) is what glibc warns against
check_cpp() {
	mkdir -p "$out/cppcheck"
	cppcheck --quiet --enable=warning,performance --error-exitcode=1 --std=c11 --library=posix \
		--suppress=missingIncludeSystem --cppcheck-build-dir="$out/cppcheck" \
		-D_GNU_SOURCE -Iinclude -Isrc/callback -Isrc/common -j"$jobs" src tests/sim
}

check_shell() {
	tracked '*.sh' .ci/run deploy/spawn-fcgi/run | xargs shellcheck
}

step gcc build gcc "${programs[@]}"
step clang build clang "${programs[@]}"
step clang-tidy build clang tidy
step cppcheck check_cpp
step shellcheck check_shell
exit $status
