# Sourced by the scripts beside it, from the top of the checkout.

# rustup puts cargo here, and a shell that was open before does not know.
[ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"

# Where cargo builds, absolute.
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
logs=$target/logs
mkdir -p "$logs"

failed=()

# Runs a step, shows and keeps its output, and remembers a failure instead of ending.
step() { # name, command…
  local name=$1 begin=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@" 2>&1 </dev/null | tee "$logs/$name.log"; then
    printf -- '-- %s: ok, %s s\n' "$name" $((SECONDS - begin))
  else
    printf -- '-- %s: FAILED, %s s\n' "$name" $((SECONDS - begin))
    failed+=("$name")
    return 1
  fi
}
