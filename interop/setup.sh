#!/bin/bash
# Installs the peers the interop suite speaks to. Everything lands under $INTEROP_HOME (default: target/interop of the repository).
# A second run finds everything in place and installs nothing. Needs python3 (with venv), node, npm, a C++ compiler and cargo.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=${INTEROP_HOME:-$here/../target/interop}
mkdir -p "$home"
home=$(cd "$home" && pwd)

venv() { # NAME PACKAGE...: a virtual environment; the stamp names what is inside, so that a changed version is a new install
  local dir=$home/$1 stamp=$home/$1/.installed
  shift
  [ "$(cat "$stamp" 2>/dev/null)" = "$*" ] && return
  rm -rf "$dir"
  python3 -m venv "$dir"
  "$dir/bin/pip" install -q --disable-pip-version-check "$@"
  echo "$*" > "$stamp"
}

node_peers() {
  local wanted="nodes7@0.3.18 @st-one-io/nodes7@1.1.2 node-snap7@1.0.9" stamp=$home/node/.installed
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  rm -rf "$home/node"
  mkdir -p "$home/node"
  cd "$home/node"
  echo '{"private":true}' > package.json
  # shellcheck disable=SC2086  # one word per package
  npm install --no-audit --no-fund --loglevel=error $wanted
  # npm may be set not to run install scripts; node-snap7 is nothing without its native half.
  [ -e node_modules/node-snap7/build/Release/node_snap7.node ] || (cd node_modules/node-snap7 && npx --yes node-gyp rebuild)
  echo "$wanted" > "$stamp"
}

rust_peers() {
  local stamp=$home/rust/.installed wanted
  wanted=$(cd "$here/rust-peers" && cat Cargo.toml Cargo.lock src/*.rs src/bin/*.rs | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  (cd "$here/rust-peers" && CARGO_TARGET_DIR="$home/rust" cargo build --quiet --release --locked)
  echo "$wanted" > "$stamp"
}

nmap_tool() {
  command -v nmap >/dev/null && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "setup: nmap is missing and only root on a Debian-like system can install it here; install it and run again" >&2
    return 1
  fi
  apt-get -o DPkg::Lock::Timeout=300 -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends nmap >/dev/null
}

# The downloads wait for the network, the Rust build for the processor: together they take as long as the slower one.
rust_peers & rust=$!
node_peers & node=$!
venv py33 python-snap7==3.3.0 s7commplus==0.3.0
venv py202 python-snap7==2.0.2
nmap_tool
wait $rust
wait $node
echo "peers ready in $home"
