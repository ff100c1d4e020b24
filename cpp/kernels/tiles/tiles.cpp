#include "kernels/tiles/tiles.hpp"

#include <cstring>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {

void cut_tiles(const void* image, TileGrid grid, size_t item, void* tiles) {
    const size_t pixel = grid.channels * item, side = grid.rows.tile_px, line = side * pixel;
    parallel_for(grid.rows.count(), [&](size_t row) {
        const char* from =
            static_cast<const char*>(image) + grid.rows.start(row) * grid.columns.length * pixel;
        char* to = static_cast<char*>(tiles) + row * grid.columns.count() * side * line;
        for (size_t column = 0; column < grid.columns.count(); ++column) {
            const char* corner = from + grid.columns.start(column) * pixel;
            for (size_t y = 0; y < side; ++y, to += line)
                std::memcpy(to, corner + y * grid.columns.length * pixel, line);
        }
    });
}

namespace {

enum class Slot { counts, sums, end };

void add_line(const float* SURFEDGE_RESTRICT from, float* SURFEDGE_RESTRICT to, size_t count) {
    for (size_t i = 0; i < count; ++i) to[i] += from[i];
}

// `lines` of them in one pass, in that order: each sum is read and written once.
template <size_t kLines>
void add_lines(const float* const* lines, float* to_, size_t count) {
    const float* from[kLines];
    for (size_t j = 0; j < kLines; ++j) from[j] = lines[j];
    float* SURFEDGE_RESTRICT to = to_;
    for (size_t i = 0; i < count; ++i) {
        float sum = to[i];
        for (size_t j = 0; j < kLines; ++j) sum += from[j][i];
        to[i] = sum;
    }
}

// The same from memory, which is asked for what lies some lines ahead: its own guesses end at each page.
void add_far_line(const float* SURFEDGE_RESTRICT from, float* SURFEDGE_RESTRICT to, size_t count) {
    constexpr size_t kLine = std::max<size_t>(64 / sizeof(float), kLanes<F32>);
    constexpr size_t kAhead = 6144 / sizeof(float);
    size_t i = 0;
    for (; i + kLine <= count; i += kLine) {
        prefetch(from + i + kAhead);
        for (size_t j = i; j < i + kLine; j += kLanes<F32>)
            store(to + j, load<F32>(to + j) + load<F32>(from + j));
    }
    add_line(from + i, to + i, count - i);
}

void divide_line(float* SURFEDGE_RESTRICT values, const float* SURFEDGE_RESTRICT counts, float times,
                 size_t count) {
    for (size_t i = 0; i < count; ++i) values[i] /= counts[i] * times;
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

// Rows of the image are finished a block at a time: tiles are read in long pieces, sums stay in a near cache.
constexpr size_t kBlockRows = 16;

// Sums of the tiles over the rows y0 ... y1 - 1, from memory: long pieces of one tile after the other.
void sum_far_tiles(const float* tiles, const TileGrid& grid, size_t y0, size_t y1, float* sums) {
    const size_t width = grid.columns.length * grid.channels, line = grid.columns.tile_px * grid.channels;
    const size_t side = grid.rows.tile_px, tile = side * line;
    std::fill_n(sums, (y1 - y0) * width, 0.0f);
    for (size_t column = 0; column < grid.columns.count(); ++column) {
        float* to = sums + grid.columns.start(column) * grid.channels;
        for (size_t row = grid.rows.first_over(y0); grid.rows.covers(row, y1 - 1); ++row) {
            const size_t start = grid.rows.start(row), end = std::min(y1, start + side);
            const float* from = tiles + (row * grid.columns.count() + column) * tile;
            for (size_t y = std::max(y0, start); y < end; ++y)
                add_far_line(from + (y - start) * line, to + (y - y0) * width, line);
        }
    }
}

// The same from a cache: the tiles that lie over each other in one pass.
void sum_tiles(const float* tiles, const TileGrid& grid, size_t y0, size_t y1, float* sums) {
    const size_t width = grid.columns.length * grid.channels, line = grid.columns.tile_px * grid.channels;
    const size_t tile = grid.rows.tile_px * line;
    std::fill_n(sums, (y1 - y0) * width, 0.0f);
    for (size_t column = 0; column < grid.columns.count(); ++column) {
        for (size_t y = y0; y < y1; ++y) {
            float* to = sums + (y - y0) * width + grid.columns.start(column) * grid.channels;
            const float* lines[4];
            size_t n = 0;
            for (size_t row = grid.rows.first_over(y); grid.rows.covers(row, y); ++row) {
                lines[n++] =
                    tiles + (row * grid.columns.count() + column) * tile + (y - grid.rows.start(row)) * line;
                if (n == 4) add_lines<4>(lines, to, line), n = 0;
            }
            if (n >= 2) add_lines<2>(lines, to, line);
            if (n % 2) add_lines<1>(lines + n - 1, to, line);
        }
    }
}

void average_tiles(const float* tiles, TileGrid grid, float* image) {
    const size_t width = grid.columns.length * grid.channels, height = grid.rows.length;
    const bool past_cache = height * width * sizeof(float) >= kPastCacheBytes;
    float* counts = scratch<float>(Slot::counts, width);
    count_columns(grid, counts);
    parallel_for((height + kBlockRows - 1) / kBlockRows, [&](size_t block) {
        const size_t y0 = block * kBlockRows, y1 = std::min(height, y0 + kBlockRows);
        float* sums = past_cache ? scratch<float>(Slot::sums, kBlockRows * width) : image + y0 * width;
        (past_cache ? sum_far_tiles : sum_tiles)(tiles, grid, y0, y1, sums);
        for (size_t y = y0; y < y1; ++y) {
            size_t over = 0;
            for (size_t row = grid.rows.first_over(y); grid.rows.covers(row, y); ++row) ++over;
            divide_line(sums + (y - y0) * width, counts, static_cast<float>(over), width);
        }
        if (!past_cache) return;
        copy_line(image + y0 * width, sums, (y1 - y0) * width * sizeof(float), true);
        finish_past_cache();
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
