#!/bin/bash
# Rendered teardrop plates with pasted steel defects, to learn from (train) and to judge by (test), which share no defect
# and no plate: two line settings, in patches of 256 and of 512 px.
#   experiments/pasted_plates.sh NEU_DET FOLDER        NEU_DET : images/<class>/ with VOC boxes beside them
set -euo pipefail
sources=$1 folder=$2
for px in 256 512; do
    for line in 1:0.5 2:0.35; do # number, and mm of a pixel
        set=$folder/set${line%%:*}-$px
        surfedge generate paste "$sources" --surface plate-teardrop --pixel-size "${line##*:}" --size $px --scale 0.5 \
            --classes scratches,patches --strength 1.2 --count 200 --good 200 --judge 0.3 --seed "${line%%:*}" --out "$set"
        for part in fit:train judge:test; do
            mv "$set/${part%%:*}/test" "$set/${part##*:}"
            mv "$set/${part%%:*}/ground_truth" "$set/${part##*:}/"
            rmdir "$set/${part%%:*}"
        done
    done
done
