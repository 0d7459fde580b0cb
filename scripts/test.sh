#!/usr/bin/env bash
# Installs what is needed, builds, and runs every test.
#   ./test                all of it, as CI does
#   ./test unit sim       only the tests with these labels: unit sim fuzz golden socketio lint e2e web
#   ./test --asan         the engine's tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   ./test --tsan         the same under ThreadSanitizer
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. scripts/prepare.sh

install_packages run test
use_node

case ${1:-} in
  --asan | --tsan)
    build "${1#--}"
    exec ctest --preset "${1#--}" -LE 'e2e|golden|lint'
    ;;
  -*) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 1 ;;
esac

build_web
for folder in test/*/; do
  [ -f "$folder/package-lock.json" ] && npm_install "$folder"
done
build test
say "Testing"
labels=$(IFS='|'; echo "$*")
ctest --preset test ${labels:+-L "^($labels)$"}
