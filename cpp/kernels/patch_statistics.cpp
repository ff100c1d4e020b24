#include "kernels/patch_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/parallel.hpp"
#include "kernels/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

// n^2 var = n sum(x^2) - sum(x)^2, in integers.
float deviation_of(uint64_t n, uint64_t sum, uint64_t squares) {
    const double pixels = static_cast<double>(n);
    if (n <= (uint64_t{1} << 24)) {  // both terms are at most 255^2 n^2 < 2^64
        return static_cast<float>(std::sqrt(static_cast<double>(n * squares - sum * sum)) / (pixels * 255.0));
    }
    // Larger patches: deviations from the whole part of the mean, so that what is left below it is < 1.
    const uint64_t whole = sum / n, rest = sum % n;
    const double around = static_cast<double>(squares + n * whole * whole - 2 * whole * sum);
    const double below = static_cast<double>(rest) / pixels;
    return static_cast<float>(std::sqrt(std::max(0.0, around / pixels - below * below)) / 255.0);
}

}  // namespace

void patch_std(const uint8_t* image, PatchGrid grid, float* deviation) {
    const size_t p = grid.patch_px;
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t y0 = row * p, y1 = std::min(grid.height, y0 + p);
        for (size_t column = 0; column < grid.columns(); ++column) {
            const size_t x0 = column * p, x1 = std::min(grid.width, x0 + p);
            uint64_t sum = 0, squares = 0;
            for (size_t y = y0; y < y1; ++y) {
                for (size_t x = x0; x < x1; ++x) {
                    const uint32_t v = image[y * grid.width + x];
                    sum += v, squares += v * v;
                }
            }
            deviation[row * grid.columns() + column] = deviation_of((y1 - y0) * (x1 - x0), sum, squares);
        }
    });
}

void patch_std(const float* image, PatchGrid grid, float* deviation) {
    const size_t p = grid.patch_px;
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t y0 = row * p, y1 = std::min(grid.height, y0 + p);
        for (size_t column = 0; column < grid.columns(); ++column) {
            const size_t x0 = column * p, x1 = std::min(grid.width, x0 + p);
            const double n = static_cast<double>((y1 - y0) * (x1 - x0));
            double sum = 0, squares = 0;
            for (size_t y = y0; y < y1; ++y)
                for (size_t x = x0; x < x1; ++x) sum += image[y * grid.width + x];
            const double mean = sum / n;
            for (size_t y = y0; y < y1; ++y) {
                for (size_t x = x0; x < x1; ++x) {
                    const double d = image[y * grid.width + x] - mean;
                    squares += d * d;
                }
            }
            deviation[row * grid.columns() + column] = static_cast<float>(std::sqrt(squares / n));
        }
    });
}

Spread spread(const float* values, size_t count) {
    constexpr size_t kSums = 8;  // independent partial sums: speed with a fixed order
    double sums[kSums] = {}, finite[kSums] = {}, squares[kSums] = {};
    for (size_t i = 0; i < count; ++i) {
        const bool good = std::isfinite(values[i]);
        sums[i % kSums] += good ? static_cast<double>(values[i]) : 0.0;
        finite[i % kSums] += good ? 1.0 : 0.0;
    }
    const auto total = [](const double* s) {
        return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    };
    const double n = total(finite);
    if (n == 0.0) return {0.0, 0.0};
    const double mean = total(sums) / n;
    for (size_t i = 0; i < count; ++i) {
        const double d = std::isfinite(values[i]) ? static_cast<double>(values[i]) - mean : 0.0;
        squares[i % kSums] += d * d;
    }
    return {mean, std::sqrt(total(squares) / n)};
}

void standardise(float* deviation, size_t count, Spread over) {
    for (size_t i = 0; i < count; ++i) {
        const double z = over.std > 0.0 ? (deviation[i] - over.mean) / over.std : deviation[i] * 0.0;
        deviation[i] = static_cast<float>(z);
    }
}

namespace {

// Writes one row of each patch row with fill(column, first pixel, pixels), then copies it to the rows below.
template <class T, class Value>
void grow(PatchGrid grid, T* out, Value value) {
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t y0 = row * grid.patch_px, y1 = std::min(grid.height, y0 + grid.patch_px);
        T* first = out + y0 * grid.width;
        for (size_t column = 0, x = 0; x < grid.width; ++column, x += grid.patch_px)
            std::fill_n(first + x, std::min(grid.patch_px, grid.width - x), value(row * grid.columns() + column));
        for (size_t y = y0 + 1; y < y1; ++y)
            std::memcpy(out + y * grid.width, first, grid.width * sizeof(T));
    });
}

}  // namespace

void grow_map(const float* z, PatchGrid grid, float* map) {
    grow(grid, map, [z](size_t patch) { return z[patch]; });
}

void grow_mask(const float* z, PatchGrid grid, double threshold, uint8_t* mask) {
    grow(grid, mask, [z, threshold](size_t patch) { return static_cast<uint8_t>(!(z[patch] <= threshold)); });
}

}  // namespace surfedge::SURFEDGE_LEVEL
