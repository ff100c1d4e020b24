#pragma once
// Overlapping square tiles of an image: cut out, and averaged back together.
//
// Along a side of `length` pixels tiles start at 0, stride, 2 stride, ...; the last one is flush with the
// edge. Tiles are stored one after the other, row by row of tiles, each tile_px x tile_px x channels.

#include <algorithm>
#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

// Tiles along one side; 1 <= stride_px <= tile_px <= length.
struct TileLine {
    size_t length, tile_px, stride_px;
    size_t count() const { return (length - tile_px + stride_px - 1) / stride_px + 1; }
    size_t start(size_t i) const { return std::min(i * stride_px, length - tile_px); }
    size_t first_over(size_t at) const {  // first tile that covers pixel `at`
        const size_t i = at < tile_px ? 0 : (at - tile_px) / stride_px + 1;
        return std::min(i, count() - 1);
    }
    bool covers(size_t i, size_t at) const { return i < count() && start(i) <= at; }  // i >= first_over(at)
};

struct TileGrid {
    TileLine rows, columns;
    size_t channels;
    size_t count() const { return rows.count() * columns.count(); }
};

// image: height x width x channels, elements of `item` bytes.
void cut_tiles(const void* image, TileGrid grid, size_t item, void* tiles);

// image: the mean of the tiles over each pixel, summed column by column of tiles, from the top down in each.
void average_tiles(const float* tiles, TileGrid grid, float* image);

}  // namespace surfedge::SURFEDGE_LEVEL
