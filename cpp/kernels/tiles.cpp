#include "kernels/tiles.hpp"

#include <cstring>

#include "kernels/parallel.hpp"
#include "kernels/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

void cut_tiles(const void* image, TileGrid grid, size_t item, void* tiles) {
    const size_t pixel = grid.channels * item, side = grid.rows.tile_px, line = side * pixel;
    parallel_for(grid.rows.count(), [&](size_t row) {
        const char* from = static_cast<const char*>(image) + grid.rows.start(row) * grid.columns.length * pixel;
        char* to = static_cast<char*>(tiles) + row * grid.columns.count() * side * line;
        for (size_t column = 0; column < grid.columns.count(); ++column) {
            const char* corner = from + grid.columns.start(column) * pixel;
            for (size_t y = 0; y < side; ++y, to += line)
                std::memcpy(to, corner + y * grid.columns.length * pixel, line);
        }
    });
}

namespace {

void add_line(const float* SURFEDGE_RESTRICT from, float* SURFEDGE_RESTRICT to, size_t count) {
    for (size_t i = 0; i < count; ++i) to[i] += from[i];
}

// Tiles over each pixel of a row of tiles, once per channel.
void count_columns(const TileGrid& grid, float* counts) {
    std::fill_n(counts, grid.columns.length * grid.channels, 0.0f);
    for (size_t column = 0; column < grid.columns.count(); ++column) {
        float* to = counts + grid.columns.start(column) * grid.channels;
        for (size_t i = 0; i < grid.columns.tile_px * grid.channels; ++i) to[i] += 1.0f;
    }
}

}  // namespace

void average_tiles(const float* tiles, TileGrid grid, float* image) {
    const size_t width = grid.columns.length * grid.channels, line = grid.columns.tile_px * grid.channels;
    const size_t side = grid.rows.tile_px, tile = side * line;
    float* counts = scratch<float>(0, width);
    count_columns(grid, counts);
    parallel_for(grid.rows.length, [&](size_t y) {
        float* out = image + y * width;
        std::fill_n(out, width, 0.0f);
        size_t over = 0;
        for (size_t row = grid.rows.first_over(y); grid.rows.covers(row, y); ++row, ++over) {
            const float* from = tiles + row * grid.columns.count() * tile + (y - grid.rows.start(row)) * line;
            for (size_t column = 0; column < grid.columns.count(); ++column)
                add_line(from + column * tile, out + grid.columns.start(column) * grid.channels, line);
        }
        const float rows = static_cast<float>(over);
        for (size_t i = 0; i < width; ++i) out[i] /= counts[i] * rows;
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
