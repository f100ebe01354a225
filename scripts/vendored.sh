#!/usr/bin/env bash
# The files of web/vendor are those of the npm package, to the byte; package-lock.json pins that package by its hash.
set -euo pipefail
cd "$(dirname "$0")/.."

same() { # ours, theirs
  cmp "web/vendor/$1" "node_modules/$2" && echo "web/vendor/$1 is $2"
}
same socket.io.min.js socket.io-client/dist/socket.io.min.js
same socket.io.LICENSE socket.io-client/LICENSE
same lean-qr.js lean-qr/index.mjs
same lean-qr.LICENSE lean-qr/LICENSE
