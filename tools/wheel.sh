#!/bin/sh
# Builds dist/*.whl with the widget and the bill of materials. The same sources give the same file: its hash is printed.
set -eu
cd "$(dirname "$0")/.."

# Times inside the wheel: those of the last commit; without git, of the first day a zip file can name.
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || echo 315532800)}"
export SOURCE_DATE_EPOCH

sh tools/setup.sh build
rm -rf build dist  # what setuptools left there would enter the new wheel
.venv/bin/python -m pip wheel -q --no-index --no-deps --no-build-isolation -w dist .
rm -rf build
.venv/bin/python -m pip hash dist/*.whl
