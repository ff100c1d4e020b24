#!/bin/sh
# All levels by another compiler, warnings as errors, and the kernel tests with them:
# cpp/tests/compiler.sh [compiler, e.g. clang++] [python] [pytest options...]
set -e
cd "$(dirname "$0")/../.."
compiler=${1:-clang++}
[ $# -gt 0 ] && shift
python=$(command -v "${1:-python3}")
[ $# -gt 0 ] && shift
build=build/$(basename "$compiler")
cmake -S . -B "$build" -G Ninja "-DCMAKE_CXX_COMPILER=$compiler" -DCMAKE_CXX_FLAGS=-Werror "-DPython_EXECUTABLE=$python"
cmake --build "$build" --parallel 2
PYTHONPATH=$(cpp/tests/site.sh "$build") exec "$python" -m pytest tests/kernels -p no:cacheprovider "$@"
