#!/bin/sh
# An XEXEC program that keeps a list of addresses for each user.
#
#   blacklist.sh USER add ADDRESS
#   blacklist.sh USER del ADDRESS
#   blacklist.sh USER list
#
# USER comes from the configuration (%u), the rest from the client. The list takes its name from the name this
# program is started by: whitelist.sh reads in this file, so there is one program to maintain and to set up.
#
# Exit status, as in sysexits.h, with a message on stderr: 64 wrong usage, 65 bad address or full list, 75 try again
# later (or ended by a signal), 78 the server's set-up is wrong. Adding what is there and deleting what is not there
# is no error: the list is then as the client asked, and a client that missed the answer can simply ask again.
#
# Addresses are the same whatever the case of their ASCII letters. No client's octet is ever read as a pattern or as
# shell text here, and whatever uses the lists must likewise take an entry as plain text: it may be "*" or "$(id)".

set -u
PATH=/usr/bin:/bin
LC_ALL=C # octets, whatever the user's language
export PATH LC_ALL

name=${0##*/}
name=${name%.sh}
user=${1-}

# Settings. They are here and not in the environment, so that only the administrator can change them.

# Where the list lies: a file of the list's name in this folder, one entry a line. Each user needs a folder of their
# own, and nobody else may write there (virtual users: but the one account they share). The program runs with the
# rights of that account, so a symbolic link planted there gives nobody anything they did not have.
# For users without a home: folder=/var/lib/xexec/$user
folder=${HOME:+$HOME/.xexec}
umask 077 # the list is private; 027 if a filter of the same group has to read it
max_entries=10000
max_length=254 # RFC 5321 allows no longer address
lock_wait=10   # seconds

# The messages never start with the client's words or the user's name: a line that starts with "[" or with octet 0x05
# means something to IMAP. They name no path either, and the tools' own messages, which do, are dropped.
fail() {
  printf '%s\n' "$2" >&2
  exit "$1"
}

usage() {
  fail 64 'Usage: add ADDRESS, del ADDRESS, or list'
}

# Two clients must not change the list at once. The lock goes when the program ends, however it ends.
lock() {
  [ -d "$folder" ] || mkdir "$folder" 2>/dev/null || [ -d "$folder" ] || cannot 'be written'
  # "command", or a failure would end the shell here.
  { command exec 9>>"$folder/.$name.lock" && flock -w "$lock_wait" 9; } 2>/dev/null || cannot 'be locked'
  { true >>"$file"; } 2>/dev/null || cannot 'be written'
}

cannot() {
  fail 75 "The server side $name for $user cannot $1, try again later"
}

listed() {
  grep -aFixq -e "$address" "$file" 2>/dev/null
  found=$? # 0: yes, 1: no, 2: an error
  [ "$found" -le 1 ] || cannot 'be read'
  return "$found"
}

without_address() {
  grep -aFixv -e "$address" "$file"
  [ $? -le 1 ] # 1: no entry is left
}

with_address() {
  without_address && printf '%s\n' "$address"
}

# What the function $1 prints becomes the list, all of it or nothing: readers see the old file or the new one, and
# sync keeps a power cut from leaving an empty one. The temporary file has one name, as only the holder of the lock
# uses it; what a killed program leaves is overwritten by the next.
replace() {
  temporary=$folder/.$name.new
  { "$1" >"$temporary" && sync "$temporary" && mv -f "$temporary" "$file"; } 2>/dev/null || cannot 'be written'
}

temporary=
trap '[ -z "$temporary" ] || rm -f "$temporary" 2>/dev/null' EXIT
trap 'exit 75' HUP INT PIPE TERM # runs the line above; without it a signal would not

case $name in
  '' | *[!A-Za-z0-9_-]*) fail 78 'The name of this program is not fit for a list' ;;
esac
case $user in
  '' | . | .. | */* | *[[:cntrl:]]*) fail 78 'The user name is missing or not fit for a list' ;;
esac
case $folder in
  /*) ;;
  *) fail 78 "No home directory is known for $user" ;;
esac
file=$folder/$name
[ -d "${folder%/*}" ] || fail 75 "The home directory of $user does not exist, try again later"

action=${2-}
address=${3-}
case $action in
  add | del)
    [ $# -eq 3 ] || usage
    [ -n "$address" ] || fail 65 'The address is empty'
    [ ${#address} -le "$max_length" ] || fail 65 "The address is longer than $max_length octets"
    case $address in
      *[[:cntrl:][:blank:]]*) fail 65 'The address holds a blank or a control character' ;;
    esac
    lock
    ;;
  list) [ $# -eq 2 ] || usage ;;
  *) usage ;;
esac

case $action in
  add)
    if listed; then
      printf 'Already on server side %s for %s: %s\n' "$name" "$user" "$address"
    elif [ "$(grep -ac '' "$file")" -ge "$max_entries" ]; then
      fail 65 "The server side $name for $user is full ($max_entries entries)"
    else
      replace with_address
      printf 'Adding %s to server side %s for %s\n' "$address" "$name" "$user"
    fi
    ;;
  del)
    if listed; then
      replace without_address
      printf 'Deleting %s from server side %s for %s\n' "$address" "$name" "$user"
    else
      printf 'Not on server side %s for %s: %s\n' "$name" "$user" "$address"
    fi
    ;;
  list)
    # No lock: the file is only ever replaced as a whole.
    [ ! -e "$folder" ] || [ -x "$folder" ] || cannot 'be read' # or the list would seem to be empty
    [ -e "$file" ] || file=/dev/null
    {
      [ ! -d "$file" ] && list=$name user=$user awk '
        { print "Entry: " $0 }
        END { print "Entries on server side " ENVIRON["list"] " for " ENVIRON["user"] ": " NR }
      ' <"$file"
    } 2>/dev/null || cannot 'be read'
    ;;
esac
