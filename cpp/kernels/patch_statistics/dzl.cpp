// Z-scores from the deviations of patches, and one value per patch grown to one per pixel.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "kernels/patch_statistics/patch_statistics.hpp"
#include "kernels/patch_statistics/slots.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

// Mean and population standard deviation, in double precision.
struct Spread {
    double mean, std;
};

// Of the finite among `count` values, summed in an order that depends on `count` only. No finite value: both
// 0.
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

// Deviations become z in place; all 0 where they do not differ.
void standardise(float* deviation, size_t count, Spread over) {
    for (size_t i = 0; i < count; ++i) {
        const double z = over.std > 0.0 ? (deviation[i] - over.mean) / over.std : deviation[i] * 0.0;
        deviation[i] = static_cast<float>(z);
    }
}

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

// z of each patch of an image, in the thread's memory.
struct Zones {
    float* z;
    Spread over;  // of the deviations
};

template <class Pixel>
Zones zones_of(const Pixel* image, PatchGrid grid) {
    const size_t count = grid.rows() * grid.columns();
    float* deviation = scratch<float>(PatchSlot::deviations, count);
    patch_std(image, grid, deviation);
    const Spread over = spread(deviation, count);
    standardise(deviation, count, over);
    return {deviation, over};
}

template <class Pixel>
void map_of(const Pixel* image, PatchGrid grid, float* map) {
    const float* z = zones_of(image, grid).z;
    grow(grid, map, [z](size_t patch) { return z[patch]; });
}

template <class Pixel>
void mask_of(const Pixel* image, PatchGrid grid, std::optional<double> threshold, uint8_t* mask) {
    const Zones zones = zones_of(image, grid);
    const float* z = zones.z;
    const double limit = threshold.value_or(zones.over.std);
    grow(grid, mask, [z, limit](size_t patch) { return static_cast<uint8_t>(!(z[patch] <= limit)); });
}

}  // namespace

void dzl_map(const uint8_t* image, PatchGrid grid, float* map) {
    map_of(image, grid, map);
}

void dzl_map(const float* image, PatchGrid grid, float* map) {
    map_of(image, grid, map);
}

void dzl(const uint8_t* image, PatchGrid grid, std::optional<double> threshold, uint8_t* mask) {
    mask_of(image, grid, threshold, mask);
}

void dzl(const float* image, PatchGrid grid, std::optional<double> threshold, uint8_t* mask) {
    mask_of(image, grid, threshold, mask);
}

}  // namespace surfedge::SURFEDGE_LEVEL
