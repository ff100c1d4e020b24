#pragma once
// A surface with a repeated pattern against the pattern's usual cell: (pixel - median there) / deviation
// there.
//
// Pixel (x, y) lies at sample (u, v) of the cell, from 0 to its number of columns and rows and then from 0
// again:
//   u = across[0] x + across[1] y + across[2] - s_u(x, y), v likewise with `along`,
// where the shift s is linear between points of a grid, point (row, column) at x = (column - 1/2) step - 1/2,
// y alike.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kMostCellSamples = size_t{1} << 22;  // indices stay exact in a float

struct CellPlaces {
    double across[3], along[3];  // finite
    const float* shifts;         // rows x columns x 2, (s_u, s_v)
    size_t rows, columns;        // 2 at least, the grid covers the image
    size_t step_px;              // 2 at least
    bool cover(size_t height, size_t width) const {
        return rows >= 2 && columns >= 2 && (2 * rows - 3) * step_px >= 2 * height &&
               (2 * columns - 3) * step_px >= 2 * width;
    }
};

struct UsualCell {
    const float* median;          // rows x columns
    const float* inverse_spread;  // rows x columns, one over the deviation
    size_t rows, columns;         // rows * columns <= kMostCellSamples
};

// out: height x width. The median is linear between samples, inverse_spread that of the nearest. NaN
// in the image goes through; where a shift is NaN, some sample of the cell is taken.
void cell_deviations(const float* image, size_t height, size_t width, const CellPlaces& places,
                     const UsualCell& cell, float* out);

}  // namespace surfedge::SURFEDGE_LEVEL
