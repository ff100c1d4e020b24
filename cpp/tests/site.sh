#!/bin/sh
# A folder for PYTHONPATH with the package and the modules of a build directory: cpp/tests/site.sh BUILD
# The modules that are installed or in python/surfedge stay as they are. Prints the folder.
set -e
cd "$(dirname "$0")/../.."
site=$PWD/$1/site
rm -rf "$site"
mkdir -p "$site/surfedge"
for file in python/surfedge/*; do
    case $file in *.so) ;; *) ln -s "$PWD/$file" "$site/surfedge/" ;; esac
done
ln -s "$PWD/$1"/_native_*.so "$site/surfedge/"
echo "$site"
