#!/bin/bash
# clang-format, cppcheck and clang-tidy over our own C. Comes in: the tree. Goes out: exit 0 only if all are clean.
set -u
cd "$(dirname "$0")/.."
status=0
mapfile -t sources < <(git ls-files '*.c' '*.h' && git ls-files --others --exclude-standard '*.c' '*.h')
mapfile -t code < <(printf '%s\n' "${sources[@]}" | grep '\.c$' | grep -v '^tests/')

echo "clang-format"
clang-format --dry-run -Werror "${sources[@]}" || status=1

echo "cppcheck"
cppcheck --quiet --std=c11 --language=c --error-exitcode=1 --inline-suppr -j2 \
  --enable=warning,performance,portability --suppress=missingInclude --suppress=missingIncludeSystem \
  -I. "${code[@]}" || status=1

# One file a run: with several, clang-tidy 14 takes every va_list after the first file's for uninitialised.
echo "clang-tidy"
eval "flags=(-std=gnu11 -I. $(make -s --no-print-directory print-includes))"
printf '%s\0' "${flags[@]}" >build/log/tidy-flags
printf '%s\n' "${code[@]}" | xargs -P2 -n1 bash -c 'mapfile -d "" flags <build/log/tidy-flags
  clang-tidy --quiet "$1" -- "${flags[@]}" 2>/dev/null' _ || status=1
exit $status
