#!/bin/sh
# Install the Debian 12 packages that a target needs and that are missing: `deploy/packages.sh build run test`.
# Without questions; nothing is done when all are there.  Services that packages bring are not started.
set -eu

build='gcc make pkg-config libc6-dev libfcgi-dev libxml2-dev libssl-dev libjson-c-dev libpq-dev'
build="$build libcurl4-openssl-dev"
# the simulator is built for `make run` too
run='postgresql postgresql-client nginx-light spawn-fcgi python3 python3-psycopg2 libjs-chart.js nettle-dev libmicrohttpd-dev
	libgnutls28-dev openssl procps util-linux'
test='apache2 apache2-bin libcmocka-dev postgresql-15-pgtap libtap-parser-sourcehandler-pgtap-perl
	libtap-formatter-junit-perl python3-pytest python3-pytest-timeout python3-pytest-xdist python3-cryptography clang libclang-rt-14-dev
	clang-tidy cppcheck valgrind mandoc prometheus iproute2 curl openssl systemd shellcheck chromium chromium-driver python3-selenium
	fonts-noto-cjk npm'
bench='wrk'

wanted=
for group in "$@"; do
	case $group in
	build) wanted="$wanted $build" ;;
	run) wanted="$wanted $run" ;;
	test) wanted="$wanted $test" ;;
	bench) wanted="$wanted $bench" ;;
	*)
		echo "packages: no such group: $group (build, run, test, bench)" >&2
		exit 64
		;;
	esac
done

missing=
for package in $wanted; do
	dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed && continue
	# any nginx will do
	[ "$package" = nginx-light ] && command -v nginx >/dev/null 2>&1 && continue
	[ "$package" = nginx-light ] && [ -x /usr/sbin/nginx ] && continue
	# npm of any origin: Debian's and that of NodeSource exclude each other
	[ "$package" = npm ] && command -v npm >/dev/null 2>&1 && continue
	missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null 2>&1 || {
		echo "packages: missing:$missing; run this as root, or install sudo" >&2
		exit 77
	}
	as_root=sudo
fi

echo "installing:$missing"
# a package that brings a service shall not start it: unless the machine already has a policy of its own
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
	$as_root chmod 755 "$policy"
	made_policy=yes
fi
status=0
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update || status=$?
# shellcheck disable=SC2086 # a list of names
[ $status -ne 0 ] || $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing \
	</dev/null || status=$?
[ -z "$made_policy" ] || $as_root rm -f "$policy"
[ $status -eq 0 ] || echo "packages: apt-get could not install:$missing" >&2
exit $status
