// Patches of floats: the mean first, then what deviates from it.

#include <algorithm>
#include <cmath>

#include "kernels/patch_statistics/patch_statistics.hpp"
#include "kernels/patch_statistics/slots.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kStep = kLanes<F32>;

// sum of f(pixel) over a patch whose width is a whole number of vectors; f takes and gives F32.
template <class F>
SURFEDGE_INLINE double sum_patch(const float* from, size_t rows, size_t columns, size_t pitch, F f) {
    double total = 0;
    for (size_t first = 0; first < rows; first += 32) {  // short sums in single precision
        const size_t last = std::min(rows, first + 32);
        for (size_t x = 0; x < columns; x += 2 * kStep) {
            const size_t second = x + kStep < columns ? kStep : 0;
            F32 sum[4] = {};  // independent of each other: an addition takes several cycles
            size_t row = first;
            for (; row + 2 <= last; row += 2) {
                const float* at = from + row * pitch + x;
                sum[0] += f(load<F32>(at)), sum[1] += f(load<F32>(at + pitch));
                if (second) sum[2] += f(load<F32>(at + kStep)), sum[3] += f(load<F32>(at + pitch + kStep));
            }
            if (row < last) {
                sum[0] += f(load<F32>(from + row * pitch + x));
                if (second) sum[2] += f(load<F32>(from + row * pitch + x + kStep));
            }
            total += static_cast<double>(sum_lanes((sum[0] + sum[1]) + (sum[2] + sum[3])));
        }
    }
    return total;
}

// One row of patches whose width is a whole number of vectors. Two passes over each, one patch apart, so that
// the second need not wait for the first. Pixels are taken relative to one of them: a flat patch deviates by
// exactly 0.
void deviations_by_patches(const float* from, size_t rows, size_t width, size_t p, float* deviation) {
    const auto count = [&](size_t x) { return static_cast<double>(rows * std::min(p, width - x)); };
    const auto mean_of = [&](size_t x) {
        const float* corner = from + x;
        const F32 first = splat<F32>(*corner);
        const double rest =
            sum_patch(corner, rows, std::min(p, width - x), width, [&](F32 v) { return v - first; });
        return static_cast<float>(*corner + rest / count(x));
    };
    float next = mean_of(0);
    for (size_t x = 0; x < width; x += p) {
        const F32 mean = splat<F32>(next);
        if (x + p < width) next = mean_of(x + p);
        const double squares = sum_patch(from + x, rows, std::min(p, width - x), width,
                                         [&](F32 v) { return (v - mean) * (v - mean); });
        *deviation++ = static_cast<float>(std::sqrt(squares / count(x)));
    }
}

// Patches of any width, a row of patches at a time: f(pixel - around) summed down the columns.
template <class F>
void sum_columns(const float* from, size_t rows, size_t width, const float* around, float* sums, F f) {
    const auto column = [&](size_t x, auto get) {
        const F32 centre = get(around + x);
        F32 total{};
        for (size_t first = 0; first < rows; first += 32) {
            F32 sum{};
            for (size_t row = first; row < std::min(rows, first + 32); ++row)
                sum += f(get(from + row * width + x) - centre);
            total += sum;
        }
        return total;
    };
    size_t x = 0;
    for (; x + kStep <= width; x += kStep)
        store(sums + x, column(x, [](const float* at) { return load<F32>(at); }));
    if (x == width) return;
    const size_t count = width - x;
    store_part(sums + x, column(x, [count](const float* at) { return load_part<F32>(at, count); }), count);
}

void deviations_by_columns(const float* from, size_t rows, size_t width, size_t p, float* deviation) {
    float *around = scratch<float>(PatchSlot::columns, 2 * width), *sums = around + width;
    const auto total = [&](size_t x, size_t columns) {
        double sum = 0;
        for (size_t i = 0; i < columns; ++i) sum += static_cast<double>(sums[x + i]);
        return sum / static_cast<double>(rows * columns);
    };
    for (size_t x = 0; x < width; ++x) around[x] = from[x / p * p];
    sum_columns(from, rows, width, around, sums, [](F32 d) { return d; });
    for (size_t x = 0; x < width; x += p) {
        const size_t columns = std::min(p, width - x);
        std::fill_n(around + x, columns, static_cast<float>(around[x] + total(x, columns)));
    }
    sum_columns(from, rows, width, around, sums, [](F32 d) { return d * d; });
    for (size_t x = 0; x < width; x += p)
        *deviation++ = static_cast<float>(std::sqrt(total(x, std::min(p, width - x))));
}

}  // namespace

void patch_std(const float* image, PatchGrid grid, float* deviation) {
    const size_t p = grid.patch_px;
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t y0 = row * p, rows = std::min(grid.height - y0, p);
        const float* from = image + y0 * grid.width;
        float* out = deviation + row * grid.columns();
        const bool by_columns = p % kStep || grid.width % kStep;
        (by_columns ? deviations_by_columns : deviations_by_patches)(from, rows, grid.width, p, out);
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
