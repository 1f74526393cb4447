#!/bin/sh
# Runs fuzzers that are built, one after the other, each for so many seconds:
#
#   Tests/Fuzz/run.sh FOLDER SECONDS FUZZER...
#
# They work on a copy of the corpus in FOLDER, where they are; the inputs that they find useful stay
# there, in FUZZER.corpus, until the next run. Whatever breaks an invariant is kept in
# FOLDER/findings. FUZZ_FLAGS are further flags of libFuzzer, such as -seed=1.
set -eu
here=$(dirname "$0")
folder=$1 seconds=$2
shift 2
# 0 would be for ever
[ "$seconds" -ge 1 ] || seconds=1

# the backtraces of Swift's runtime would come before libFuzzer's own
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=12${ASAN_OPTIONS:+:$ASAN_OPTIONS}

checks() {
  case $1 in
  SettingsFuzzer) echo "settings keys, entries, and words: against a reference, and quoted again" ;;
  ResponseFuzzer) echo "a program's text: against a reference and the grammar, cut anywhere" ;;
  RelayFuzzer) echo "program and client in any order: each octet once, no line without a prompt" ;;
  esac
}

flags() {
  case $1 in
  SettingsFuzzer) echo -max_len=500 ;;
  ResponseFuzzer) echo -max_len=400 ;;
  RelayFuzzer) echo -max_len=500 ;;
  esac
}

statistic() { sed -n "s/^stat::$1: *//p" "$log"; }

failed=
mkdir -p "$folder/findings"
for fuzzer; do
  log=$folder/$fuzzer.log
  rm -rf "$folder/$fuzzer.corpus"
  cp -R "$here/Corpus/$fuzzer" "$folder/$fuzzer.corpus"
  seeds=$(find "$here/Corpus/$fuzzer" -type f | wc -l)
  echo "$fuzzer ($(checks "$fuzzer"))"
  status=0
  # shellcheck disable=SC2046,SC2086 # flags are words
  "$folder/$fuzzer" -max_total_time="$seconds" $(flags "$fuzzer") -timeout=10 -rss_limit_mb=1024 \
    -malloc_limit_mb=64 -dict="$here/$fuzzer.dict" -artifact_prefix="$folder/findings/$fuzzer-" \
    -print_final_stats=1 ${FUZZ_FLAGS:-} "$folder/$fuzzer.corpus" >"$log" 2>&1 || status=$?
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  if [ $status -eq 0 ]; then
    echo "  no finding: $(statistic number_of_executed_units) inputs from $seeds seeds in" \
      "$seconds s, ${edges:-0} edges reached, at most $(statistic peak_rss_mb) MB"
    continue
  fi
  failed="$failed $fuzzer"
  echo "  FOUND SOMETHING, or could not run (exit status $status); all of it is in $log"
  grep -E 'BROKEN INVARIANT|Fatal error|ERROR: |^ +(they differ|got|expected) ' "$log" |
    head -n 8 || true
  finding=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  if [ -n "$finding" ]; then
    echo "  again: SWIFT_BACKTRACE=enable=no $folder/$fuzzer $finding"
  else
    tail -n 5 "$log"
  fi
done

if [ -n "$failed" ]; then
  echo "fuzz: findings of$failed"
  exit 1
fi
echo "fuzz: no finding"
