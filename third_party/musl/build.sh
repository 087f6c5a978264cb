#!/bin/sh
# Builds musl as a static library whose system calls are calls of brink_syscall.
#
# usage: third_party/musl/build.sh SOURCE DESTINATION COMPILER     called by third_party.mk
#
# Result: DESTINATION/lib/libc.a and DESTINATION/include. SOURCE stays as it is.
set -eu
source=$(cd "$1" && pwd)
mkdir -p "$2"
destination=$(cd "$2" && pwd)
compiler=$3
ours=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$ours/../.." && pwd)
work=$destination/build
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# -iquote goes before musl's own folders: its #include "syscall_arch.h" finds ours.
"$source/configure" CC="$compiler -iquote $ours" --prefix="$work/installed" --disable-shared \
    --disable-gcc-wrapper --enable-optimize=string --target=x86_64-linux-musl \
    CROSS_COMPILE= AR=ar RANLIB=ranlib \
    CFLAGS="-Os -g -fPIE -march=x86-64 -mno-red-zone -fno-omit-frame-pointer -fno-stack-protector \
        -fno-asynchronous-unwind-tables -ffile-prefix-map=$source/=musl/ -ffile-prefix-map=$root=."
# What is written in assembly enters Linux by itself: threads, vfork, the return from a signal, the
# thread pointer. It stays out, so that a use is an error of the linker.
without='obj/src/process/x86_64/vfork.o obj/src/signal/x86_64/restore.o obj/src/thread/x86_64/%.o'
# AOBJS is what goes into libc.a. Debian's configure would have all of it with -fPIC, for which -fPIE
# is enough and smaller.
${MAKE:-make} AOBJS="\$(filter-out $without,\$(LIBC_OBJS))" lib/libc.a install-headers

if objdump -d --no-show-raw-insn lib/libc.a | grep -E '\s(syscall|sysenter|int +\$0x80)\s*$'; then
    echo "error: system call instructions are left in musl" >&2
    exit 1
fi
# Swapped at once at the end: others may be compiling.
rm -rf "$destination/lib" "$destination/include"
mkdir -p "$destination/lib"
mv installed/include "$destination/include"
mv lib/libc.a "$destination/lib/libc.a"
rm -rf "$work"
