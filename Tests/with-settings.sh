#!/bin/sh
# Runs a command that finds the plugin's settings module where Dovecot looks for it from 2.4 on: in Dovecot's own module
# directory and nowhere else. Only the command sees it there. It has mounts of its own, and the system's files stay as
# they are.
#
#   sh Tests/with-settings.sh SETTINGS_MODULE COMMAND [ARGUMENT ...]
#
# Where the module is there already, or is not wanted (Dovecot 2.3), the command is run and nothing else done.
set -eu

module=$1
shift

modules=$(sed -n 's/^dovecot_moduledir=//p' /usr/lib/dovecot/dovecot-config 2>/dev/null) || modules=
: "${modules:=/usr/lib/dovecot/modules}"
installed=$modules/settings/$(basename "$module")

case $(PATH=$PATH:/usr/sbin dovecot --version 2>/dev/null) in
	0.* | 1.* | 2.[0-3].* | "") exec "$@" ;;
esac
[ -f "$module" ] || { echo "$module is not there: build it first (make plugin)" >&2; exit 1; }
! cmp -s "$module" "$installed" || exec "$@"

# The mounts end with the command, since it is the process that has them.
mounts='
	set -e
	module=$1 modules=$2
	shift 2
	mount -t tmpfs -o mode=755 xexec-settings /mnt
	cp -R "$modules/." /mnt/
	mkdir -p /mnt/settings
	cp "$module" /mnt/settings/
	chmod 644 "/mnt/settings/$(basename "$module")"
	mount --bind /mnt "$modules"
	umount /mnt
	exec "$@"'

apart="unshare --mount"
[ "$(id -u)" = 0 ] || apart="unshare --user --map-current-user --keep-caps --mount"
# in a chroot, where / is no mount point
$apart true 2>/dev/null || apart="$apart --propagation unchanged"
$apart true || {
	echo "Dovecot looks for settings modules in $modules/settings only. A place for it there takes leave to" \
		"mount, which there is not: install the plugin first (make install-plugin), or try as root." >&2
	exit 1
}
exec $apart sh -c "$mounts" sh "$module" "$modules" "$@"
