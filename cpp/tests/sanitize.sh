#!/bin/sh
# The kernel tests with the address and undefined-behaviour sanitizers: cpp/tests/sanitize.sh [python] [pytest options...]
# LEVELS chooses the levels (v2;v3;v4).
set -e
cd "$(dirname "$0")/../.."
python=$(command -v "${1:-python3}")
[ $# -gt 0 ] && shift
build=build/sanitize
cmake -S . -B $build -G Ninja -DSURFEDGE_SANITIZE=ON "-DPython_EXECUTABLE=$python" "-DSURFEDGE_LEVELS=${LEVELS:-v2;v3;v4}"
cmake --build $build --parallel 2
site=$(cpp/tests/site.sh $build)  # before the preload
# Python itself leaks by the sanitizer's measure, and is no subject here; children of tests inherit the preload.
export ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LD_PRELOAD="$(${CXX:-g++} -print-file-name=libasan.so) $(${CXX:-g++} -print-file-name=libstdc++.so.6)"
PYTHONPATH=$site exec "$python" -m pytest tests/kernels -p no:cacheprovider "$@"
