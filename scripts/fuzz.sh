#!/usr/bin/env bash
# The fuzz targets, which are a workspace of their own, are sound; to run them takes a nightly Rust (fuzz/README.md).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo clippy --manifest-path fuzz/Cargo.toml --target-dir "$target" --all-targets --locked -- -D warnings
