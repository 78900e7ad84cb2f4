#!/usr/bin/env bash
# Everything CI does, in the order that fails soonest. The last line is the count of the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

npm run --silent lint
npm run --silent typecheck
npm run --silent build
exec npm run --silent test
