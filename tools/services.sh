#!/bin/sh
# Sees to it that PostgreSQL, MariaDB, SoftHSM2, Dovecot, Chromium, Node and Pebble can be started by the tests: installs the system's packages
# where they are missing, and fonts that the pages are looked at in. Changes nothing where all are there.
set -eu

postgresql_found() {
    command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb >/dev/null 2>&1
}

mariadb_found() {
    command -v mariadbd >/dev/null 2>&1 || [ -x /usr/sbin/mariadbd ] || [ -x /usr/libexec/mariadbd ]
}

softhsm_found() {
    command -v softhsm2-util >/dev/null 2>&1 || return 1
    for place in /usr/lib/softhsm /usr/lib64/pkcs11 /usr/lib/*/softhsm /usr/lib64/softhsm /usr/local/lib/softhsm; do
        [ -e "$place/libsofthsm2.so" ] && return 0
    done
    return 1
}

chromium_found() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

devanagari_found() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=hi)" ]
}

missing=""
postgresql_found || missing="$missing postgresql"
mariadb_found || missing="$missing mariadb-server"
softhsm_found || missing="$missing softhsm2"
chromium_found || missing="$missing chromium"
devanagari_found || missing="$missing fontconfig fonts-noto-core"
command -v pebble >/dev/null 2>&1 || missing="$missing pebble"
command -v dovecot >/dev/null 2>&1 || [ -x /usr/sbin/dovecot ] || missing="$missing dovecot-imapd"
command -v unzip >/dev/null 2>&1 || missing="$missing unzip"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo "Not installed:$missing. make test-all leaves nothing out, so it needs them; nothing was changed." >&2
    echo "Install them with your system's packages (Debian: sudo apt-get install$missing), or run make test, which says what it skips." >&2
    exit 1
fi

echo "Installing$missing from the system's packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # one word a package
apt-get install -y -qq --no-install-recommends $missing >/dev/null
