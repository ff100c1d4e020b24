#pragma once
// What a small square cell of an image looks like, seven figures per cell: the raw material of patch
// statistics at any scale, because all of them but the extremes add up over cells.
//
// The image is mirrored at its borders without repeating the edge (OpenCV's BORDER_REFLECT_101), first at the
// right and bottom up to whole cells, so every pixel is judged. With x(r, c) the pixel:
//   gx = (x(r, c+1) - x(r, c-1)) / 2, gy likewise down the rows, lap = sum of the four neighbours - 4 x.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kCellFigures = 7;  // mean of x, x^2, gx^2, gy^2, lap^2; least and largest x

struct CellGrid {
    size_t height, width, cell_px;  // cell_px >= 2
    size_t rows() const { return (height + cell_px - 1) / cell_px; }
    size_t columns() const { return (width + cell_px - 1) / cell_px; }
};

// figures: kCellFigures planes of rows() x columns(), in the order above.
// u8 pixels stand for value / 255. NaN and Inf go where arithmetic takes them.
void cell_statistics(const uint8_t* image, CellGrid grid, float* figures);
void cell_statistics(const float* image, CellGrid grid, float* figures);

// Mean of each of three interleaved channels per cell, borders as above; means: 3 planes of rows() x
// columns().
void cell_means(const uint8_t* image, CellGrid grid, float* means);
void cell_means(const float* image, CellGrid grid, float* means);

}  // namespace surfedge::SURFEDGE_LEVEL
