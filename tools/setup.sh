#!/bin/sh
# Brings a machine to the point where the Makefile's commands run. Each step is skipped when nothing changed.
#   tools/setup.sh runtime    .venv with what the server needs
#   tools/setup.sh dev        .venv with the test and lint tools too
#   tools/setup.sh build      .venv with what builds a wheel, and nothing else
#   tools/setup.sh bench      .venv with the servers that `make bench` compares, those of Node too where Node 20 is
#   tools/setup.sh browsers   Chromium, Firefox and WebKitGTK, Node, PHP and Java for docs/, where we may install them
#   tools/setup.sh recipes    npm packages for the tests of docs/recipes; without npm nothing
#   tools/setup.sh node       Node and npm packages for the widget's build; exit 3: no Node 18 here
set -eu
cd "$(dirname "$0")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1 # a newer pip is no news to who wants the demo

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
may_install() { [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; }
install_debian() {
    say "Installing from Debian: $*"
    apt-get -qq update >/dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if is_new_enough "$name"; then echo "$name"; return; fi
    done
    die "Python 3.11 or newer is needed (on Debian 12: apt install python3). Another place: make PYTHON=/path/to/python3 ..."
}

make_venv() {
    if is_new_enough .venv/bin/python && .venv/bin/python -c 'import pip' 2>/dev/null; then return; fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then  # Debian ships venv as a package of its own
        package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        may_install || die "$python cannot make virtual environments yet. Install it first: sudo apt install $package"
        install_debian "$package"
    fi
    say "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
}

install_python() {  # $1: runtime | dev | bench
    key=$(cat requirements/build.txt "requirements/$1.txt" setup.cfg pyproject.toml | cksum | tr ' ' '-')
    if is_new_enough .venv/bin/python && [ -e ".venv/.ready-$1-$key" ]; then return; fi
    make_venv
    say "Installing the locked packages ($1)"
    .venv/bin/python -m pip install -q --require-hashes -r requirements/build.txt -r "requirements/$1.txt"
    .venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
    rm -f .venv/.ready-"$1"-*
    : > ".venv/.ready-$1-$key"
}

install_build() {  # the tools of requirements/build.txt alone: a wheel needs no test and no lint
    key=$(cksum < requirements/build.txt | tr ' ' '-')
    if is_new_enough .venv/bin/python && [ -e ".venv/.ready-build-$key" ]; then return; fi
    make_venv
    say "Installing the locked build tools"
    .venv/bin/python -m pip install -q --require-hashes -r requirements/build.txt
    rm -f .venv/.ready-build-*
    : > ".venv/.ready-build-$key"
}

install_browsers() {
    [ "${BROWSERS:-yes}" = yes ] || return 0
    missing=
    # From php-sqlite3 on: what the recipes of docs/ run in, which no lock file of ours can name.
    for package in chromium firefox-esr webkit2gtk-driver xvfb fonts-dejavu-core fonts-noto-cjk php-sqlite3 \
        php-illuminate-routing php-illuminate-database php-illuminate-events libspring-web-servlet-java \
        libspring-jdbc-java libh2-java libjackson2-databind-java libtomcat9-java; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    command -v node >/dev/null || missing="$missing nodejs"  # these three run docs/; any version's place will do
    command -v php >/dev/null || missing="$missing php-cli"
    command -v javac >/dev/null || missing="$missing default-jdk-headless"
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # a list of words
    if may_install; then install_debian $missing && return 0; fi
    say "Not everything was installed; tests in an engine or a language that is not found are skipped and listed."
    say "On Debian: sudo apt install$missing"
}

install_node() {
    if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
        { [ -n "${CI:-}" ] && may_install; } || return 3  # a developer's machine gets no second language unasked
        install_debian nodejs npm
    fi
    key=$(cksum < package-lock.json | tr ' ' '-')
    if [ -e "node_modules/.ready-$key" ]; then return; fi
    NPM_CONFIG_UPDATE_NOTIFIER=false npm ci --ignore-scripts --no-audit --no-fund >&2
    : > "node_modules/.ready-$key"
}

install_recipes() {
    # The recipe for Next.js takes React and esbuild from the widget's packages.
    install_node || { say "No Node 18 with npm here: the tests of the recipes for Node are skipped."; return 0; }
    key=$(cksum < tests/recipes/package-lock.json | tr ' ' '-')
    if [ -e "tests/recipes/node_modules/.ready-$key" ]; then return; fi
    NPM_CONFIG_UPDATE_NOTIFIER=false npm ci --prefix tests/recipes --ignore-scripts --no-audit --no-fund >&2
    : > "tests/recipes/node_modules/.ready-$key"
}

install_peers() {
    if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
        say "No Node 20 with npm here: the bench leaves out the peers of Node."
        return
    fi
    key=$(cksum < bench/peers/package-lock.json | tr ' ' '-')
    if [ -e "bench/peers/node_modules/.ready-$key" ]; then return; fi
    export NPM_CONFIG_UPDATE_NOTIFIER=false
    npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund >&2
    # The one package with a native part. Its headers came with Node on some systems; else npm asks for a finished build.
    if [ -e /usr/include/node/node.h ]; then export npm_config_nodedir=/usr npm_config_build_from_source=true; fi
    if ! npm rebuild --prefix bench/peers better-sqlite3 >&2; then
        say "better-sqlite3 was not built (g++, make and python3 build it): the bench leaves out the peers of Node."
        return
    fi
    : > "bench/peers/node_modules/.ready-$key"
}

case "${1:-}" in
    runtime) install_python runtime ;;
    dev) install_python dev ;;
    build) install_build ;;
    bench) install_python bench; install_peers ;;
    browsers) install_browsers ;;
    recipes) install_recipes ;;
    node) install_node ;;
    *) die "usage: tools/setup.sh runtime | dev | build | bench | browsers | recipes | node" ;;
esac
