#pragma once
// What a picture is like as a whole, in one pass: enough to tell a dead, dark or frozen camera from a plate.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

// Means over a picture of height x width pixels; grey values as they are stored (0..255, or float). Of more
// than 512 rows, bands of 16 that are spread evenly are looked at, 512 rows or fewer in all.
struct FrameStatistics {
    double mean = 0;       // of the pixels
    double deviation = 0;  // of the pixels, population
    double across = 0;     // mean |x[r][c+1] - x[r][c]|; 0 for a single column
    double along = 0;      // mean |x[r+1][c] - x[r][c]|; 0 for a single row
    double dark = 0;       // share of pixels at `low` or below, 0 to 1
    double bright = 0;     // share of pixels at `high` or above
    double constant = 0;   // share of rows whose pixels are all equal
    double repeated = 0;   // share of rows, the first apart, that equal the row before; of those looked at
};

// height, width >= 1. Bytes: sums are whole numbers, the same at every level. NaN in floats gives NaN.
FrameStatistics frame_statistics(const uint8_t* image, size_t height, size_t width, uint8_t low,
                                 uint8_t high);
FrameStatistics frame_statistics(const float* image, size_t height, size_t width, float low, float high);

}  // namespace surfedge::SURFEDGE_LEVEL
