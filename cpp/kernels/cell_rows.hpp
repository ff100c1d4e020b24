#pragma once
// Rows of an image that is mirrored at its borders without repeating the edge, first up to whole cells.

#include <cstddef>

#include "kernels/cell_statistics.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Index i mirrored into [0, n) without repeating the edge.
inline size_t mirrored(ptrdiff_t i, size_t n) {
    if (n == 1) return 0;
    const size_t period = 2 * n - 2;
    const size_t j = static_cast<size_t>(i < 0 ? -i : i) % period;
    return j < n ? j : period - j;
}

// Source row of the padded image's row r; one row above and below the padded image mirrors into it.
inline size_t source_row(ptrdiff_t r, CellGrid grid) {
    return mirrored(static_cast<ptrdiff_t>(mirrored(r, grid.rows() * grid.cell_px)), grid.height);
}

// A distance between lines of at least `length` elements that come to lie in different places of the nearest
// cache: at powers of two they would push each other out.
template <class T>
constexpr size_t staggered(size_t length) {
    constexpr size_t kLine = 64 / sizeof(T);
    return ((length + kLine - 1) / kLine | 1) * kLine;
}

}  // namespace surfedge::SURFEDGE_LEVEL
