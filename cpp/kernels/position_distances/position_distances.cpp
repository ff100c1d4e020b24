#include "kernels/position_distances/position_distances.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRows = kLanes<F32>;  // of a triangle at a time: each lane is a row
constexpr size_t kVectors = 4;         // of x beside each other
constexpr size_t kPiece = 16;          // positions to a piece of work
constexpr size_t kLine = 64;           // bytes

enum class Slot { centred, end };

// Rows first .. first + kRows - 1 of the triangle's column j; `at` is where row `first` stands or would
// stand. Rows above the diagonal and beyond `size` are 0, whatever the memory holds; `end` is the end of all
// of it.
SURFEDGE_INLINE F32 weights(const uint8_t* at, const uint8_t* end, size_t first, size_t j, size_t size) {
    F32 weight = first + kRows <= size || at + 2 * kRows <= end
                     ? load_bfloat16(at)
                     : load_bfloat16_part(at, static_cast<size_t>(end - at) / 2);
    if (j > first) weight = from_lane(weight, j - first);
    if (first + kRows > size) weight = to_lane(weight, size - first);
    return weight;
}

// Distances of up to kVectors vectors, centred[j * kVectors + vector].
void distances(const float* centred, size_t size, const uint8_t* triangle, const uint8_t* end,
               float* distance, size_t held) {
    F32 total[kVectors] = {};
    for (size_t first = 0; first < size; first += kRows) {
        F32 sum[kVectors] = {};
        const uint8_t* column = triangle;  // row j of column j
        const size_t stop = std::min(first + kRows, size);
        for (size_t j = 0; j < stop; column += 2 * (size - j), ++j) {
            const F32 weight = weights(column + 2 * first - 2 * j, end, first, j, size);
            for (size_t v = 0; v < kVectors; ++v)
                sum[v] = fused(weight, splat<F32>(centred[j * kVectors + v]), sum[v]);
        }
        for (size_t v = 0; v < kVectors; ++v) total[v] = fused(sum[v], sum[v], total[v]);
    }
    for (size_t v = 0; v < held; ++v) distance[v] = std::sqrt(sum_lanes(total[v]));
}

// The same of one.
float distance_of_one(const float* centred, size_t size, const uint8_t* triangle, const uint8_t* end) {
    F32 total{};
    for (size_t first = 0; first < size; first += kRows) {
        F32 sum{};
        const uint8_t* column = triangle;
        const size_t stop = std::min(first + kRows, size);
        for (size_t j = 0; j < stop; column += 2 * (size - j), ++j)
            sum =
                fused(weights(column + 2 * first - 2 * j, end, first, j, size), splat<F32>(centred[j]), sum);
        total = fused(sum, sum, total);
    }
    return std::sqrt(sum_lanes(total));
}

void ask_for(const uint8_t* from, size_t bytes) {
    for (size_t at = 0; at < bytes; at += kLine) prefetch_later(from + at);
}

}  // namespace

void position_distances(const float* x, size_t positions, size_t count, size_t size, const float* mean,
                        const uint8_t* whiteners, float* distance) {
    const size_t bytes = size * (size + 1);
    const uint8_t* end = whiteners + positions * bytes;
    parallel_for((positions + kPiece - 1) / kPiece, [&](size_t piece) {
        float* centred = scratch<float>(Slot::centred, size * kVectors);
        const size_t stop = std::min(positions, (piece + 1) * kPiece);
        for (size_t p = piece * kPiece; p < stop; ++p) {
            const uint8_t* triangle = whiteners + p * bytes;
            if (p + 1 < positions) ask_for(triangle + bytes, bytes);
            for (size_t first = 0; first < count; first += kVectors) {
                const size_t held = std::min(kVectors, count - first);
                const float* from = x + (p * count + first) * size;
                const size_t step = held == 1 ? 1 : kVectors;
                std::fill(centred, centred + size * step, 0.0f);
                for (size_t v = 0; v < held; ++v) {
                    for (size_t j = 0; j < size; ++j)
                        centred[j * step + v] = from[v * size + j] - mean[p * size + j];
                }
                float* to = distance + p * count + first;
                if (held == 1)
                    *to = distance_of_one(centred, size, triangle, end);
                else
                    distances(centred, size, triangle, end, to, held);
            }
        }
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
