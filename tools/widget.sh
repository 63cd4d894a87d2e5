#!/bin/sh
# The checkout widget's build, the only part that needs Node. The built file is committed: running the server does not need this.
#   tools/widget.sh build   rebuild static/js/widget.js and widget-offer.js
#   tools/widget.sh check   types, freshness of the committed build, byte budgets, tests; left out with a notice without Node
set -eu
cd "$(dirname "$0")/.."

status=0
sh tools/setup.sh node || status=$?
if [ "$status" = 3 ] && [ "${1:-}" = check ] && [ -z "${CI:-}" ]; then
    echo "SKIPPED: the widget's own checks need Node 18 or newer and npm; the committed build is used as it is." >&2
    exit 0
fi
[ "$status" != 3 ] || { echo "Node 18 or newer and npm are needed to build the widget (on Debian: sudo apt install nodejs npm)." >&2; exit 1; }
[ "$status" = 0 ] || exit "$status"

case "${1:-}" in
    build) npm run --silent build ;;
    check) npm run --silent check && npm test --silent ;;
    *) echo "usage: tools/widget.sh build | check" >&2; exit 2 ;;
esac
