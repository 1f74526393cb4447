#!/bin/sh
# Installs a release of Debian if it is not there, and makes in it what ON says. Called by test-on.sh, which gives it
# mounts and process numbers of its own.
set -eu

place=$1
sources=${place%/.build/test-on/*}
root=$place/root
# where the release sees the sources, and a compiler of the host
src=/usr/src/dovecot-xexec
host_swift=/opt/swift-of-host
start=$(date +%s)

say() {
	echo "test-on $RELEASE: $*"
}

die() {
	say "$@" >&2
	exit 1
}

# What the host needs to reach its packages, the release needs as well.
network_settings() {
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	printf '%s\n' "127.0.0.1 localhost" "::1 localhost" "127.0.1.1 $(uname -n)" >"$root/etc/hosts"
	# of apt only this: its hooks call programs of the host
	apt-config dump | grep -E '^Acquire::(https?|ftp|Check|Retries|Force)' >"$root/etc/apt/apt.conf.d/00host" || true
	[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
	for certificate in /usr/local/share/ca-certificates/*.crt; do
		[ -e "$certificate" ] || continue
		mkdir -p "$root/usr/local/share/ca-certificates"
		cp "$certificate" "$root/usr/local/share/ca-certificates/"
	done
}

# Where git looks for repositories, if the host knows better than their addresses.
git_settings() {
	mkdir -p "$root/root"
	rm -f "$root/root/.gitconfig"
	command -v git >/dev/null || return 0
	git config --get-regexp '^(url|http)\.' | while read -r key value; do
		git config --file "$root/root/.gitconfig" --add "$key" "$value"
		folder=${key#url.}
		folder=${folder%.*}
		[ "${folder#/}" = "$folder" ] || [ ! -d "$folder" ] || show_folder "$folder" "$folder"
	done
}

# show_folder FOLDER AS: the release sees a folder of the host
show_folder() {
	mountpoint -q "$root/$2" && return 0
	mkdir -p "$root/$2"
	mount --bind "$1" "$root/$2"
}

install_release() {
	say "installs Debian's $RELEASE in $root, which is kept (rm -rf .build/test-on removes it)"
	rm -rf "$place/new"
	debootstrap --variant=minbase --include=ca-certificates,make,git "$RELEASE" "$place/new" "$MIRROR" \
		>"$place/debootstrap.log" 2>&1 || { tail -n 20 "$place/debootstrap.log" >&2; die "debootstrap failed"; }
	# nothing that is installed is started, and nothing has to survive a crash
	printf '#!/bin/sh\nexit 101\n' >"$place/new/usr/sbin/policy-rc.d"
	chmod 755 "$place/new/usr/sbin/policy-rc.d"
	echo force-unsafe-io >"$place/new/etc/dpkg/dpkg.cfg.d/unsafe-io"
	if [ "$RELEASE" != sid ]; then
		echo "deb $MIRROR $RELEASE-updates main" >>"$place/new/etc/apt/sources.list"
		echo "deb $MIRROR-security $RELEASE-security main" >>"$place/new/etc/apt/sources.list"
	fi
	mv "$place/new" "$root"
}

# A release that is kept goes on as its users' machines do.
upgrade_release() {
	[ -z "$(find "$root/upgraded" -mmin -1200 2>/dev/null)" ] || return 0
	say "upgrades what is installed"
	in_release sh -c 'update-ca-certificates >/dev/null && apt-get update -q && apt-get dist-upgrade -q -y &&
		apt-get clean' >"$place/upgrade.log" 2>&1 || { tail -n 20 "$place/upgrade.log" >&2; die "no upgrade"; }
	touch "$root/upgraded"
}

enter_release() {
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	# whatever was left there is gone
	rm -rf "$place/tmp"
	mkdir -m 1777 "$place/tmp"
	mount --bind "$place/tmp" "$root/tmp"
	# and what is built, which is not what the host has built
	mkdir -p "$place/build" "$sources/.build"
	show_folder "$sources" $src
	mount --bind "$place/build" "$root$src/.build"
}

# One of its own is in the way of all others, once it is installed.
choose_swift() {
	path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	if [ -z "$SWIFT_FROM" ]; then
		SWIFT_FROM=host
		! in_release apt-cache show swiftlang >/dev/null 2>&1 || SWIFT_FROM=release
	fi
	[ "$SWIFT_FROM" = host ] || return 0
	compiler=$(command -v "$SWIFTC") || die "there is no $SWIFTC on this machine to be used there"
	toolchain=$(dirname "$(dirname "$(readlink -f "$compiler")")")
	[ "$toolchain" != /usr ] || die "$compiler belongs to this machine's Debian: SWIFT_FROM=release"
	show_folder "$toolchain" $host_swift
	path=$host_swift/bin:$path
}

in_release() {
	for variable in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY PIP_INDEX_URL TERM; do
		eval "value=\${$variable:-}"
		[ -z "$value" ] || set -- "$variable=$value" "$@"
	done
	chroot "$root" env -i -C $src PATH="$path" HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

path=/usr/sbin:/usr/bin:/sbin:/bin
[ -d "$root" ] || install_release
network_settings
git_settings
enter_release
upgrade_release
choose_swift
for part in $ON; do
	say "make $part"
	in_release make --no-print-directory "$part" \
		"TEST_FLAGS=$TEST_FLAGS" "SOAK_SECONDS=$SOAK_SECONDS" "BENCH_PARTS=$BENCH_PARTS" || die "make $part failed"
done
say "made $ON in $(($(date +%s) - start)) seconds"
