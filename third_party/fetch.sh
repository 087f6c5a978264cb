#!/bin/sh
# Gets the sources of the libraries from Debian trixie into build/sources/NAME, Debian's patches
# applied.
#
# usage: third_party/fetch.sh [LOG]      LOG defaults to build/log/sources.log; the environment's
#                                        BUILD may name another folder than build
#
# apt does the work with a private configuration, so that neither the machine's lists nor its
# sources change: the archive's address is that of the Debian mirror the machine already uses, and
# apt checks the signature of the index with Debian's keyring and each file by the index. Needs no
# root. Once build/sources/versions is there it returns at once and needs no network; remove
# build/sources to get Debian's newest.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
log=${1:-$build/log/sources.log}

suite=trixie
libraries="lwip mbedtls cjson musl mosquitto"
sources=$build/sources
stamp=$sources/versions
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
    echo "sources: $1" >&2
    [ ! -s "$log" ] || tail -n 12 "$log" | sed 's/^/    /' >&2
    echo "sources: the full output is in $log" >&2
    exit 1
}

print_versions() {
    printf '  sources    '
    paste -s -d ' ' "$stamp" | sed 's/ \([^ ]* \)/ \1/g'
}

is_complete() {
    [ -f "$stamp" ] || return 1
    for library in $libraries; do
        [ -d "$sources/$library" ] || return 1
    done
}

is_complete && exit 0

mkdir -p "$sources" "$(dirname "$log")"
: >"$log"
# Two makes at once: the second waits and finds the work done.
exec 9>"$sources/lock"
flock 9
is_complete && exit 0

ls /usr/share/keyrings/debian-archive-trixie-automatic.* >/dev/null 2>&1 ||
    fail "Debian's keyring has no $suite keys: run third_party/packages.sh"

# "LABEL ADDRESS" of each Debian archive that the machine uses. Debian is the archive itself,
# Debian-Security its fixes between point releases.
archive_of() {
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>>"$log" |
        sed -n "s/^Debian|$1|//p" | sort -u | head -n 1
}
archive=$(archive_of Debian)
[ -n "$archive" ] || fail "apt knows no Debian mirror: configure one and run apt-get update"
security=$(archive_of Debian-Security)

private=$PWD/$sources/apt
rm -rf "$private"
mkdir -p "$private/lists/partial" "$private/cache/archives/partial" "$private/empty" \
    "$private/files"
: >"$private/status"

# Read after the machine's own configuration, whose proxies and credentials therefore hold.
cat >"$private/apt.conf" <<CONF
Dir::Etc::sourcelist "$private/sources.list";
Dir::Etc::sourceparts "$private/empty";
Dir::Etc::preferences "$private/empty/none";
Dir::Etc::preferencesparts "$private/empty";
Dir::State "$private";
Dir::State::lists "$private/lists";
Dir::State::status "$private/status";
Dir::Cache "$private/cache";
Dir::Cache::archives "$private/cache/archives";
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
APT::Update::Error-Mode "any";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
CONF

apt() { LC_ALL=C APT_CONFIG="$private/apt.conf" apt-get -q -y "$@" >>"$log" 2>&1 </dev/null; }

list_archives() {
    printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "$archive" "$suite"
    [ "$1" = plain ] || [ -z "$security" ] ||
        printf 'deb-src [signed-by=%s] %s %s-security main\n' "$keyring" "$security" "$suite"
}

echo "  sources    asking Debian $suite for $libraries"
list_archives with_security >"$private/sources.list"
if ! apt update; then
    list_archives plain >"$private/sources.list"
    apt update || fail "cannot read the index of Debian $suite"
    echo "sources: no answer from Debian's security archive; the sources are $suite's own" >&2
fi

# shellcheck disable=SC2086  # a list of words
(cd "$private/files" && APT_CONFIG="$private/apt.conf" LC_ALL=C \
    apt-get -q -y --only-source --download-only source $libraries) >>"$log" 2>&1 </dev/null ||
    fail "cannot get the sources"

rm -f "$stamp.new"
for library in $libraries; do
    set -- "$private/files/${library}_"*.dsc
    [ $# = 1 ] && [ -f "$1" ] || fail "expected one description of $library, got: $*"
    rm -rf "$sources/$library" "$sources/$library.new"
    # apt has just checked this file against the signed index; dpkg-source checks the archives
    # that it names by the hashes in it, and applies Debian's patches.
    LC_ALL=C dpkg-source --extract "$1" "$sources/$library.new" >>"$log" 2>&1 ||
        fail "cannot unpack $library"
    mv "$sources/$library.new" "$sources/$library"
    echo "$library $(sed -n 's/^Version: //p' "$1" | head -n 1)" >>"$stamp.new"
done
# The index is 50 MB that nothing needs any more.
rm -rf "$private"
mv "$stamp.new" "$stamp"
print_versions
