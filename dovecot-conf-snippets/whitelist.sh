#!/bin/sh
# The program of blacklist.sh for another list: read in with ".", it finds the name "whitelist" in $0. A wrapper and
# no symbolic link, because install and cp turn a link into a second copy, with settings of its own.
case $0 in
  */*) programs=${0%/*} ;;
  *) programs=. ;;
esac
if ! [ -r "$programs/blacklist.sh" ]; then
  echo 'whitelist.sh needs blacklist.sh in the same folder' >&2
  exit 78
fi
# shellcheck source=blacklist.sh disable=SC1091
. "$programs/blacklist.sh"
