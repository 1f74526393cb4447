#!/bin/sh
# The tests on another release of Debian: "make test-on RELEASE=trixie" calls this, with its variables as environment.
#
#   RELEASE     bookworm, trixie, sid
#   ON          what is made there: "test memcheck demo"
#   SWIFT_FROM  whose compiler: of the "release" or the "host"; if empty, the release's own where it has one
#   FRESH       1: the release is installed anew
#   MIRROR      where Debian's packages come from
#   SWIFTC      the host's
#   TEST_FLAGS, SOAK_SECONDS, BENCH_PARTS: for make in there
#
# The release is a folder that is kept, in .build/test-on/. What is done there has mounts and process numbers of its own
# (namespaces): however this ends, the kernel takes all mounts and processes away with it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
place=${here%/*/*}/.build/test-on/$RELEASE

die() {
	echo "test-on: $*" >&2
	exit 1
}

case $RELEASE in
"") die "which release? make test-on RELEASE=trixie (or sid, bookworm)" ;;
*[!a-z]*) die "$RELEASE is no name of a release" ;;
esac
case $ON in *[![:space:]]*) ;; *) die "ON is empty: nothing is to be made" ;; esac
case $SWIFT_FROM in "" | host | release) ;; *) die "SWIFT_FROM is \"host\" or \"release\"" ;; esac
[ "$(id -u)" = 0 ] || die "only root can install another release and enter it: sudo make test-on RELEASE=$RELEASE"
for command in unshare setpriv flock pkill; do
	command -v $command >/dev/null || die "there is no $command: apt-get install util-linux procps"
done
command -v debootstrap >/dev/null || {
	echo "Installing from Debian's packages: debootstrap"
	apt-get update -q && apt-get install -q -y --no-install-recommends debootstrap
}
unshare --mount --pid --fork true || die "root can make no namespaces here"

mkdir -p "$place"
exec 9>"$place/lock"
flock -n 9 || die "$RELEASE is running already"
[ "$FRESH" != 1 ] || rm -rf "$place/root" "$place/build"

namespace=
stop() {
	trap - EXIT
	trap '' HUP INT TERM
	if [ -n "$namespace" ]; then
		# unshare ends when its child has, and this is the last process of the namespace to end
		pkill -KILL -P "$namespace" || kill -KILL "$namespace" 2>/dev/null || true
		wait "$namespace" || true
	fi
	rm -rf "$place/new" "$place/tmp"
	exit "$1"
}
trap 'stop $?' EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM

# In the background, or the shell would hear signals only at the end. A shell makes its background deaf to Ctrl-C, which
# tests are not to inherit. If this shell is killed, setpriv has the kernel kill all that it started.
env --default-signal=INT,QUIT setpriv --pdeathsig KILL \
	unshare --mount --pid --fork --kill-child --mount-proc sh "$here/in-release.sh" "$place" 9>&- &
namespace=$!
wait "$namespace"
