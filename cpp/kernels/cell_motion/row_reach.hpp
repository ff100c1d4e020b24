#pragma once
// Rows of an image on their way into the windows of a grid's rows.

#include <cstddef>

#include "kernels/cell_motion/point_windows.hpp"

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kRows = 8;  // that are added to the points' sums together

// The weight of row y in a window, 0 outside.
inline float weight_of_row(const PointWindow& window, size_t y) {
    return y >= window.first && y - window.first < window.count ? window.weights[y - window.first] : 0.0f;
}

// Points begin ... end - 1 have some of rows first ... first + kRows - 1 in their windows; rows come in
// order.
struct RowReach {
    size_t begin = 0, end = 0;

    void move_to(size_t first, const PointWindow* windows, size_t points) {
        while (begin < points && windows[begin].first + windows[begin].count <= first) ++begin;
        end = begin > end ? begin : end;
        while (end < points && windows[end].first < first + kRows) ++end;
    }
};

}  // namespace surfedge::SURFEDGE_LEVEL
