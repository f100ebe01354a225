#!/usr/bin/env bash
# All checks that need no running program. Every one runs, whatever became of those before.
set -uo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh
scripts/need.sh check || exit 1

# The dev profile, and no RUSTFLAGS: what clippy has built of the dependencies' build scripts, the tests use again.
step format cargo fmt --all --check
step clippy cargo clippy --workspace --all-targets --locked -- -D warnings
step fuzz scripts/fuzz.sh
RUSTDOCFLAGS='-D warnings' step docs cargo doc --workspace --no-deps --locked
step dependencies scripts/deny.sh
step types npm run --silent check
step vendored scripts/vendored.sh

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nmake check: FAILED: %s (logs in %s)\n' "${failed[*]}" "$logs"
  exit 1
fi
printf '\nmake check: all is well\n'
