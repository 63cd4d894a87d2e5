#!/bin/sh
# No secret may reach a file for browsers, also not through a build that can read the environment.
#   tools/check_no_secrets.sh                  build widget and wheel with a canary as Secret-Token, then look for it in both
#   tools/check_no_secrets.sh CANARY FOLDER... only look
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)

look() {
    canary=$1
    shift
    if found=$(grep -rlF -e "$canary" -- "$@"); then
        echo "A secret of the environment stands in: $found" >&2
        exit 1
    fi
}

if [ $# -gt 0 ]; then look "$@"; exit; fi

cd "$here"
STEPPAY_SECRET_TOKEN="canary-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
export STEPPAY_SECRET_TOKEN
sh tools/widget.sh build
sh tools/wheel.sh
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
.venv/bin/python -m zipfile -e dist/*.whl "$unpacked"
look "$STEPPAY_SECRET_TOKEN" static templates "$unpacked"
echo "No file for browsers and none of the wheel has the canary."
