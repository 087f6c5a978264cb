#!/bin/sh
# Installs the Debian packages that building, demo and tests need, if any is missing.
#
# usage: third_party/packages.sh [LOG]      LOG defaults to build/log/packages.log
#
# Nothing missing: returns at once, without network and without root. Otherwise needs root (or
# sudo without a password) and the machine's configured Debian mirror. Exit 0 only if all are there.
set -eu
cd "$(dirname "$0")/.."
log=${1:-build/log/packages.log}

# The appliance and the desk command.
packages="gcc libc6-dev make git dpkg-dev pkg-config ca-certificates xz-utils debian-archive-keyring"
# Site keys, recorded readings, demo.
packages="$packages openssl iproute2 netcat-openbsd mosquitto mosquitto-clients"
# QEMU with its firmware: seabios for pc and q35, qboot (in qemu-system-data) for microvm.
packages="$packages qemu-system-x86 qemu-system-data seabios"
# Tests and their independent peers.
packages="$packages python3 tzdata python3-pytest python3-paho-mqtt libcmocka-dev"
packages="$packages libmosquitto-dev libcjson-dev libssl-dev"
# Fuzzing: libFuzzer and the sanitizers' libraries of Debian 12's clang.
packages="$packages clang libclang-rt-14-dev"
# Linters.
packages="$packages clang-format clang-tidy cppcheck"

list_missing() {
    # shellcheck disable=SC2086  # a list of words
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages 2>/dev/null |
        sed -n 's/ installed$//p' | tr '\n' ' ')
    for package in $packages; do
        case " $installed" in *" $package "*) ;; *) printf ' %s' "$package" ;; esac
    done
    # A Debian 12 that was never updated has a keyring from before trixie's keys.
    ls /usr/share/keyrings/debian-archive-trixie-automatic.* >/dev/null 2>&1 ||
        printf ' %s' debian-archive-keyring
}

fail() {
    echo "packages: $1" >&2
    [ ! -s "$log" ] || tail -n 12 "$log" | sed 's/^/    /' >&2
    echo "packages: the full output is in $log" >&2
    exit 1
}

missing=$(list_missing)
[ -n "$missing" ] || exit 0

mkdir -p "$(dirname "$log")"
: >"$log"
as_root=
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "missing:$missing; install them, or run this as root"
    as_root=sudo
fi

echo "  packages   installing$missing"

# RUNLEVEL=1 keeps a freshly installed mosquitto from starting as a service and taking port 1883;
# tests and demo start their own. On a machine run by systemd the unit is masked meanwhile.
unit=mosquitto.service
masked=
case "$missing " in *" mosquitto "*)
    if [ -d /run/systemd/system ] && ! [ -e "/run/systemd/system/$unit" ]; then
        $as_root ln -s /dev/null "/run/systemd/system/$unit" && masked=yes
    fi ;;
esac
unmask() { [ -z "$masked" ] || $as_root rm -f "/run/systemd/system/$unit"; }
trap unmask EXIT

apt() {
    $as_root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 </dev/null
}

# A stale or broken list of somebody else's archive makes `update` fail without harm to ours:
# what counts is whether the packages then install.
apt update || echo "packages: apt-get update failed, going on with the lists at hand" >>"$log"
# shellcheck disable=SC2086  # a list of words
apt install --no-install-recommends $missing || fail "cannot install:$missing"

missing=$(list_missing)
[ -z "$missing" ] || fail "still missing after installing:$missing"
