#pragma once
// What the patches around each cell look like, in logarithms: from the figures of cells
// (cell_statistics.hpp). A patch of s x s cells is centred on its cell; beyond the border the cells are
// mirrored, edge not repeated.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kMaxScales = 16, kMaxPatchCells = 99;

struct PatchScales {
    size_t count;                                     // 1 to kMaxScales
    size_t side[kMaxScales];                          // in cells, odd, kMaxPatchCells at most
    float variance_floor, energy_floor, level_floor;  // added before the logarithm or the division, above 0
    size_t figures(bool with_colour) const { return (with_colour ? 8 : 6) * count + 1; }
};

// cells: kCellFigures planes of rows x columns. colours: 3 planes, mean red, green and blue; or null.
// figures: planes of rows x columns. For each scale, with means over the patch, log of: variance (mean of x^2
// less square of the mean, 0 at least), gx^2, gy^2, x, least x, largest x, each plus its floor; then log of
// the cell's own lap^2 plus the floor; then for each scale red and blue over the sum of the three plus the
// floor. NaN spoils the patches that hold it, and no others.
void patch_figures(const float* cells, const float* colours, size_t rows, size_t columns,
                   const PatchScales& scales, float* figures);

}  // namespace surfedge::SURFEDGE_LEVEL
