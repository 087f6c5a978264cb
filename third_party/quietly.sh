#!/bin/sh
# Runs one library's build: output into a log, one line when it is done.
#
# usage: third_party/quietly.sh LIBRARY VARIANT RESULT COMMAND...     called by third_party.mk
#
# The environment's BUILD names the build folder. Two makes at once take turns, and the second one
# takes the first one's result. A result is as old as the beginning of its build: what is changed
# meanwhile makes it out of date.
set -u
library=$1 variant=$2 result=$3
shift 3
log=$BUILD/log/$library-$variant.log
mkdir -p "$BUILD/log" "$(dirname "$result")"

changed() { stat -c %z "$result" 2>/dev/null; }
before=$(changed)
exec 9>>"$log"
flock 9
[ "$(changed)" = "$before" ] || exit 0

began=$(date +%s.%N)
"$@" >"$log" 2>&1 9>&-
status=$?
if [ $status != 0 ]; then
    grep -m 5 -E 'error: |\*\*\*' "$log" >&2 || tail -n 12 "$log" >&2
    echo "third_party: $library failed for the $variant; the full output is in $log" >&2
    exit $status
fi
touch -d "@$began" "$result"
# "2.2.1" out of Debian's "lwip 2.2.1+dfsg1-1".
version=$(sed -n "s/^$library \([0-9]*:\)*\([0-9.]*\).*/\2/p" "$BUILD/sources/versions")
printf '  %-10s %-8s built for the %s\n' "$library" "$version" "$variant"
