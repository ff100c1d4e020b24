#include "kernels/patch_figures/patch_figures.hpp"

#include <algorithm>

#include "kernels/cell_statistics/cell_statistics.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/logarithm.hpp"
#include "kernels/support/mirrored.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRows = 8;                                           // to a piece of work
enum Figure { kMean, kSquare, kGx2, kGy2, kLap2, kLeast, kLargest };  // planes of cell_statistics
constexpr size_t kSummed[] = {kMean, kSquare, kGx2, kGy2, kLeast, kLargest};
constexpr size_t kLines = 6;

enum class Slot { lines, end };

// Planes of rows x columns, and lines of column sums with `reach` mirrored columns at each end.
struct Grid {
    size_t rows, columns;
    size_t pitch() const { return columns + 2 * (kMaxPatchCells / 2) + 2 * kLanes<F32>; }
};

// Sums over the `side` rows around row r: line[0 ... columns + side - 2], column c at c + side / 2.
void sum_rows(const float* plane, Grid grid, size_t r, size_t side, float* SURFEDGE_RESTRICT line) {
    const ptrdiff_t reach = static_cast<ptrdiff_t>(side / 2);
    float* SURFEDGE_RESTRICT out = line + reach;
    const float* from[kMaxPatchCells];
    for (size_t i = 0; i < side; ++i)
        from[i] = plane + grid.columns * mirrored(static_cast<ptrdiff_t>(r + i) - reach, grid.rows);
    size_t c = 0;
    for (; c + kLanes<F32> <= grid.columns; c += kLanes<F32>) {
        F32 sum = load<F32>(from[0] + c);
        for (size_t i = 1; i < side; ++i) sum += load<F32>(from[i] + c);
        store(out + c, sum);
    }
    for (; c < grid.columns; ++c) {
        float sum = from[0][c];
        for (size_t i = 1; i < side; ++i) sum += from[i][c];
        out[c] = sum;
    }
    for (ptrdiff_t i = 1; i <= reach; ++i) {
        out[-i] = out[mirrored(-i, grid.columns)];
        const ptrdiff_t behind = static_cast<ptrdiff_t>(grid.columns) - 1 + i;
        out[behind] = out[mirrored(behind, grid.columns)];
    }
    std::fill_n(out + static_cast<ptrdiff_t>(grid.columns) + reach, kLanes<F32>, 1.0f);
}

SURFEDGE_INLINE F32 mean_at(const float* line, size_t side, F32 share) {
    F32 sum = load<F32>(line);
    for (size_t i = 1; i < side; ++i) sum += load<F32>(line + i);
    return sum * share;
}

SURFEDGE_INLINE void put(float* to, size_t left, F32 v) {
    if (left >= kLanes<F32>)
        store(to, v);
    else
        store_part(to, v, left);
}

F32 share_of(size_t side) {
    return splat<F32>(1.0f / static_cast<float>(side * side));
}

// A row of the six figures of one scale; out: its first plane's row.
void scale_row(const float* cells, Grid grid, size_t r, size_t side, const PatchScales& scales, float* out) {
    const size_t plane = grid.rows * grid.columns, pitch = grid.pitch();
    float* lines = scratch<float>(Slot::lines, kLines * pitch);
    for (size_t k = 0; k < kLines; ++k)
        sum_rows(cells + kSummed[k] * plane, grid, r, side, lines + k * pitch);
    const F32 share = share_of(side), zero{};
    for (size_t c = 0; c < grid.columns; c += kLanes<F32>) {
        F32 value[kLines];
        for (size_t k = 0; k < kLines; ++k) value[k] = mean_at(lines + k * pitch + c, side, share);
        const F32 variance = value[1] - value[0] * value[0];
        const F32 figure[kLines] = {// max gives the second where there is NaN
                                    max(zero, variance) + scales.variance_floor,
                                    value[2] + scales.energy_floor,
                                    value[3] + scales.energy_floor,
                                    value[0] + scales.level_floor,
                                    value[4] + scales.level_floor,
                                    value[5] + scales.level_floor};
        for (size_t k = 0; k < kLines; ++k) put(out + k * plane + c, grid.columns - c, logarithm(figure[k]));
    }
}

// A row of the shares of red and blue of one scale.
void colour_row(const float* colours, Grid grid, size_t r, size_t side, float floor, float* out) {
    const size_t plane = grid.rows * grid.columns, pitch = grid.pitch();
    float* lines = scratch<float>(Slot::lines, kLines * pitch);
    for (size_t k = 0; k < 3; ++k) sum_rows(colours + k * plane, grid, r, side, lines + k * pitch);
    const F32 share = share_of(side);
    for (size_t c = 0; c < grid.columns; c += kLanes<F32>) {
        const F32 red = mean_at(lines + c, side, share), green = mean_at(lines + pitch + c, side, share),
                  blue = mean_at(lines + 2 * pitch + c, side, share);
        const F32 total = (red + green) + blue + floor;
        put(out + c, grid.columns - c, red / total);
        put(out + plane + c, grid.columns - c, blue / total);
    }
}

void laplacian_row(const float* lap2, size_t columns, float floor, float* out) {
    for (size_t c = 0; c < columns; c += kLanes<F32>) {
        const size_t left = columns - c;
        const F32 energy = left >= kLanes<F32> ? load<F32>(lap2 + c) : load_part<F32>(lap2 + c, left);
        put(out + c, left, logarithm(energy + floor));
    }
}

}  // namespace

void patch_figures(const float* cells, const float* colours, size_t rows, size_t columns,
                   const PatchScales& scales, float* figures) {
    const size_t plane = rows * columns;
    const Grid grid{rows, columns};
    float* shares = figures + scales.figures(false) * plane;
    parallel_for((rows + kRows - 1) / kRows, [&](size_t piece) {
        const size_t end = std::min(rows, (piece + 1) * kRows);
        for (size_t r = piece * kRows; r < end; ++r) {
            const size_t at = r * columns;
            for (size_t s = 0; s < scales.count; ++s)
                scale_row(cells, grid, r, scales.side[s], scales, figures + kLines * s * plane + at);
            laplacian_row(cells + kLap2 * plane + at, columns, scales.energy_floor,
                          figures + kLines * scales.count * plane + at);
            for (size_t s = 0; colours && s < scales.count; ++s)
                colour_row(colours, grid, r, scales.side[s], scales.level_floor, shares + 2 * s * plane + at);
        }
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
