#!/bin/sh
# The kernels of one level without Python: what they must never call, and their answers against plain loops.
# cpp/tests/plain.sh v2|v3|v4|neon [emulator and its options, e.g. qemu-x86_64-static -cpu Nehalem]
# CXX chooses the compiler; OPTIMISE its level (-O2); OUT a folder in which the objects and the program, checked, are kept.
set -e
cd "$(dirname "$0")/../.."
level=${1:-v2}
[ $# -gt 0 ] && shift
case $level in
    neon) compiler=${CXX:-aarch64-linux-gnu-g++} nm=${NM:-aarch64-linux-gnu-nm} march= ;;
    v4) compiler=${CXX:-g++} nm=${NM:-nm} march="-march=x86-64-v4 -mprefer-vector-width=512" ;;
    *) compiler=${CXX:-g++} nm=${NM:-nm} march=-march=x86-64-$level ;;
esac
out=${OUT:-$(mktemp -d)}
[ -n "$OUT" ] || trap 'rm -rf "$out"' EXIT
compile="$compiler -std=c++17 ${OPTIMISE:--O2} $march -fno-math-errno -fno-trapping-math -ffp-contract=off -Wno-psabi"
compile="$compile -DSURFEDGE_LEVEL=$level -Icpp"
first=$out/first.hpp # what nearly all files include, compiled once: a third of the time
printf '#include <%s>\n' algorithm cmath cstdint cstring memory vector >"$first"
echo '#include "kernels/simd/simd.hpp"' >>"$first"
$compile -x c++-header "$first" -o "$first.gch"
for file in cpp/kernels/*/*.cpp cpp/tests/plain/*.cpp; do
    object=${file#cpp/}
    mkdir -p "$out/$(dirname "$object")"
    echo "${object%.cpp}" "$file"
done | xargs -P 2 -L 1 sh -c "$compile -include $first -c \$1 -o $out/\$0.o"
never='abort|exit|_exit|malloc|calloc|realloc|free|printf|fprintf|sprintf|snprintf|puts|putchar|system|fopen|open|rand'
for object in "$out"/kernels/*/*.o; do
    found=$("$nm" --undefined-only "$object" | awk '{print $NF}' | sed 's/^__\(.*\)_chk$/\1/' | grep -xE "$never" || true)
    [ -z "$found" ] || { echo "$(basename "$object") calls" $found; exit 1; }
done
echo "level $level: no kernel object allocates, prints or ends the process by itself"
"$compiler" -static -pthread "$out"/*/*/*.o -o "$out/checked"
"$@" "$out/checked"
