extension Watchdog {
  /// The script, if it is there, that changes the mounts and then becomes Dovecot.
  static let mountsScript = "mounts.sh"

  /// The shell's program. `$1` is the folder; lines on its standard input say what to do, and the
  /// end of the input that all is over.
  ///
  /// It ends processes by their ids only: the master's, which cannot pass to another process
  /// before the shell has waited for it; those of its own process group; and those whose working
  /// directory is in the folder. Dovecot's imap processes outlive the master by up to ten seconds
  /// if they have a client, so they get a SIGTERM, and then time for ending their programs. The log
  /// process ends by itself when nobody writes to it any more.
  ///
  /// A shell's background job ignores SIGINT and SIGQUIT. Dovecot counts on the latter, hence `env`.
  static let script = #"""
    dir=$1
    master=
    cd /

    # Sets $members to the processes of this group other than this shell, and $writers to those
    # of them that may write to the log.
    find_members() {
      members= writers=
      for stat in /proc/[0-9]*/stat; do
        read -r line <"$stat" || continue
        set -- "${line%% *}" ${line##*) }
        [ "$4" = "$$" ] && [ "$1" != "$$" ] && [ "$2" != Z ] || continue
        members="$members $1"
        [ "${line#*"(log)"}" != "$line" ] || writers="$writers $1"
      done
    }

    end_dovecot() {
      [ -n "$master" ] || return 0
      kill -TERM "$master"
      turns=0
      while kill -0 "$master"; do
        turns=$((turns + 1))
        [ "$turns" -eq 500 ] && kill -KILL "$master"
        sleep 0.02
      done
      master=
      find_members
      [ -z "$writers" ] || kill -TERM $writers
      turns=0
      while find_members; [ -n "$members" ]; do
        turns=$((turns + 1))
        [ "$turns" -ge 80 ] && kill -KILL $members
        [ "$turns" -ge 90 ] && break
        sleep 0.1
      done
    }

    end_all() {
      trap '' HUP INT TERM
      end_dovecot
      for cwd in $(find /proc -mindepth 2 -maxdepth 2 -name cwd -lname "$dir/*"); do
        cwd=${cwd#/proc/}
        kill -KILL "${cwd%/cwd}"
      done
      rm -rf "$dir"
    }

    answer() {
      echo "$2" >"$dir/answer"
      mv "$dir/answer" "$dir/$1"
    }

    trap end_all EXIT
    trap 'exit 0' HUP INT TERM

    while read -r word number; do
      case $word in
      start)
        end_dovecot
        apart=
        [ ! -f "$dir/mounts.sh" ] || apart="unshare --mount sh -e $dir/mounts.sh"
        env --default-signal=INT,QUIT $apart dovecot -F -c "$dir/dovecot.conf" \
          </dev/null >>"$dir/console.log" 2>&1 &
        master=$!
        answer master.pid "$master"
        ;;
      stop)
        end_dovecot
        answer stopped yes
        ;;
      keep)
        while [ "$number" -gt 0 ] && kill -0 "$master"; do
          sleep 1
          number=$((number - 1))
        done
        exit 0
        ;;
      esac
    done
    """#
}
