#!/bin/sh
# The kernels' threads under ThreadSanitizer: cpp/tests/threads.sh [rounds]. CXX chooses the compiler.
set -e
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
sources=
for file in cpp/kernels/*/*.cpp; do
    case $file in */cpu.cpp) ;; *) sources="$sources $file" ;; esac
done
${CXX:-clang++} -std=c++17 -O1 -g -fsanitize=thread -march="${MARCH:-x86-64-v3}" -Wno-psabi -DSURFEDGE_LEVEL=tsan \
    -Icpp cpp/tests/threads.cpp $sources -o "$out/threads" -pthread
TSAN_OPTIONS="halt_on_error=0 exitcode=66" "$out/threads" "${1:-20}"
echo "ThreadSanitizer: 0 reports"
