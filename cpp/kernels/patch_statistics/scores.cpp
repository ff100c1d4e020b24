#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "kernels/patch_statistics/patch_statistics.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"

// What follows from the deviations of patches: z-scores, and one value per patch grown to one per pixel.
namespace surfedge::SURFEDGE_LEVEL {

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

// `value` in out[0, count), by whole vectors where out[0, room) may be written.
template <class T>
SURFEDGE_INLINE void fill(T* out, T value, size_t count, size_t room) {
    constexpr size_t kItems = kVectorBytes / sizeof(T);
    using V = std::conditional_t<sizeof(T) == 1, U8, F32>;
    const V v = splat<V>(value);
    size_t i = 0;
    for (; i < count && i + kItems <= room; i += kItems) store(out + i, v);
    for (; i < count; ++i) out[i] = value;
}

// Writes one row of each row of patches, left to right, and copies it to the rows below.
template <class T, class Value>
void grow(PatchGrid grid, T* out, Value value) {
    const bool past_cache = grid.height * grid.width * sizeof(T) >= kPastCacheBytes;
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t y0 = row * grid.patch_px, y1 = std::min(grid.height, y0 + grid.patch_px);
        T* first = out + y0 * grid.width;
        size_t patch = row * grid.columns();
        for (size_t x = 0; x < grid.width; x += grid.patch_px, ++patch)
            fill(first + x, value(patch), std::min(grid.patch_px, grid.width - x), grid.width - x);
        for (size_t y = y0 + 1; y < y1; ++y)
            copy_line(out + y * grid.width, first, grid.width * sizeof(T), past_cache);
        if (past_cache) finish_past_cache();
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
