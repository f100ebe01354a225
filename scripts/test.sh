#!/usr/bin/env bash
# All tests: Rust, JavaScript, browsers. Every suite runs, whatever became of those before; the last line counts them all.
set -uo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
scripts/need.sh test || exit 1

rm -f "$logs"/{rust,javascript,server,browsers,crowds}.log
export VISAVIS_BIN=${VISAVIS_BIN:-$target/release/visavis}

step rust cargo test --workspace --locked --no-fail-fast
step javascript npm test --silent
# The program as it is run: with the page in it, compressed, so that its weight can be told, and fast enough for what is found out of ways
# by how fast packets go.
if step server cargo build --release -p visavis-server -p visavis-load --bins --locked; then
  step browsers npm run --silent e2e
  # Many people at once are as much as a small machine can be: these tests run one after another.
  step crowds npm run --silent e2e-crowds
fi

# Adds up the closing lines of cargo ("test result: ok. 3 passed; 0 failed; …") and node ("# pass 3", "ℹ pass 3").
count() { # suite, what
  case $1 in
    rust) sed -n "s/^test result: .* \([0-9]*\) $2;.*/\1/p" "$logs/$1.log" ;;
    *) sed -n "s/^\(#\|ℹ\) ${2%ed} \([0-9]*\)$/\2/p" "$logs/$1.log" ;;
  esac | awk '{ sum += $1 } END { print sum + 0 }'
}

all_passed=0
all_failed=0
printf '\n'
for suite in rust javascript browsers crowds; do
  [ -e "$logs/$suite.log" ] || continue
  passed=$(count $suite passed)
  lost=$(count $suite failed)
  printf '%-12s %4d passed, %d failed\n' "$suite" "$passed" "$lost"
  all_passed=$((all_passed + passed))
  all_failed=$((all_failed + lost))
done
# What this machine does not allow to test says so, and is said again where nobody overlooks it.
grep -ho 'NOT TESTED: .*' "$logs"/{rust,javascript,browsers,crowds}.log 2>/dev/null | sort -u
[ ${#failed[@]} -eq 0 ] || printf 'make test: FAILED: %s (logs in %s)\n' "${failed[*]}" "$logs"
printf '%d passed, %d failed\n' "$all_passed" "$all_failed"
[ ${#failed[@]} -eq 0 ]
