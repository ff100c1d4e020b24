#!/bin/sh
# Builds the native modules into python/surfedge, warnings as errors: cpp/build.sh [python] [cmake options...]
set -e
cd "$(dirname "$0")/.."
python=${1:-python3}
[ $# -gt 0 ] && shift
cmake -S . -B build/dev -G Ninja -DSURFEDGE_DEV=ON "-DPython_EXECUTABLE=$(command -v "$python")" "$@"
cmake --build build/dev --parallel 2
