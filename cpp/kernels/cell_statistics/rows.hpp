#pragma once
// Rows of an image that is mirrored at its borders without repeating the edge, first up to whole cells.

#include <cstddef>

#include "kernels/cell_statistics/cell_statistics.hpp"
#include "kernels/support/mirrored.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Scratch memory of one row of cells, or of some.
enum class CellSlot { lines, sums, end };

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
