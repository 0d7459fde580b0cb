# Sourced by ./run and ./test: brings a Debian 12 machine to where the project builds. Does nothing, in a fraction of a
# second, where everything is there already.

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# install_packages PURPOSE...: the packages of packages.txt for these purposes.
install_packages() {
  local wanted=() missing=() arch name purpose only
  arch=$(dpkg --print-architecture) || fail "This script installs Debian packages; on another system install those of packages.txt by hand."
  while read -r name purpose only; do
    [[ -z $name || $name == \#* ]] && continue
    [[ " $* " == *" $purpose "* ]] || continue
    [[ -z $only || $only == "$arch" ]] && wanted+=("$name")
  done < packages.txt
  for name in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f='${Status}' "$name" 2>/dev/null)" = 'install ok installed' ] || missing+=("$name")
  done
  command -v npm >/dev/null || missing+=(nodejs npm)
  [ ${#missing[@]} = 0 ] && return
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install the packages above; see its messages."
}

# The demo page and the browser tests are built with Node 20.19 or newer; Debian 12 has 18, so a newer one comes from npm.
use_node() {
  local tools=$PWD/build/tools arch
  if node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    return
  fi
  case $(dpkg --print-architecture) in amd64) arch=x64 ;; arm64) arch=arm64 ;; *) fail "Install Node 20.19 or newer." ;; esac
  if [ ! -x "$tools/node_modules/node-linux-$arch/bin/node" ]; then
    say "Installing Node 22 into build/tools"
    mkdir -p "$tools"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$tools" "node-linux-$arch@22" npm@11 ||
      fail "npm could not install Node; is the npm registry within reach?"
  fi
  export PATH=$tools/node_modules/node-linux-$arch/bin:$tools/node_modules/.bin:$PATH
}

# npm_install FOLDER: what its package-lock.json says, if that is not there yet.
npm_install() {
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
  say "Installing npm packages in $1"
  (cd "$1" && npm ci --silent --no-audit --no-fund --ignore-scripts) || fail "npm ci failed in $1."
}

build_web() {
  npm_install web
  [ -n "$(find web/dist/index.html -newer web/package-lock.json 2>/dev/null)" ] &&
    [ -z "$(find web/src web/public web/index.html web/vite.config.* -newer web/dist/index.html 2>/dev/null)" ] && return
  say "Building the demo page"
  (cd web && npm run --silent build) || fail "The demo page does not build."
}

# build PRESET [TARGET...]
build() {
  local preset=$1 targets=()
  shift
  [ $# = 0 ] || targets=(--target "$@")
  say "Building ($preset)"
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null || fail "CMake could not configure; see its messages."
  cmake --build "build/$preset" "${targets[@]}" || fail "The build failed; see the first error above."
}
