#pragma once
// Connected regions of a mask with their statistics, on runs: no label image is made.
//
// Two set pixels belong together when they touch at an edge or a corner (8-connected). Runs of set pixels in
// neighbouring rows are joined in a union-find forest.
// K. Wu, E. Otoo, K. Suzuki, "Optimizing two-pass connected-component labeling algorithms", 2009 (the forest,
// with the smaller index as root); L. He, Y. Chao, K. Suzuki, "A run-based two-scan labeling algorithm",
// 2008.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace surfedge::SURFEDGE_LEVEL {

struct Region {
    int32_t x, y, width, height;  // smallest box, px
    int64_t area;                 // pixels
    double centroid_x, centroid_y;
    float max_score;
    double mean_score;  // sum in double precision, run by run in raster order, over the area
};

// mask, scores: height x width, row after row; mask bytes != 0 are set. height, width < 2^31.
// Regions in the order of their first pixel, row by row from the top. The same result at every level and
// thread count. Without scores (null) max and mean are NaN. A NaN among a region's scores makes both NaN;
// infinities keep IEEE rules.
std::vector<Region> regions(const uint8_t* mask, const float* scores, size_t height, size_t width);

}  // namespace surfedge::SURFEDGE_LEVEL
