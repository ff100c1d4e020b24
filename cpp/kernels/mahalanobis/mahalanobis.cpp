#include "kernels/mahalanobis/mahalanobis.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kVectors = 4;  // each lane is a vector of its own, this many registers of them at a time
constexpr size_t kBlock = kVectors * kLanes<F32>;
constexpr size_t kPiece = 1024;  // vectors to a piece of work

enum class Slot { centred, end };

// Columns first .. first + held - 1 of x less the mean: centred[j * kBlock + lane]; lanes beyond `held` are
// 0.
void centre(const float* x, size_t size, size_t count, size_t first, size_t held, const float* mean,
            float* SURFEDGE_RESTRICT centred) {
    for (size_t j = 0; j < size; ++j) {
        const float* SURFEDGE_RESTRICT row = x + j * count + first;
        for (size_t lane = 0; lane < held; ++lane) centred[j * kBlock + lane] = row[lane] - mean[j];
        std::fill(centred + j * kBlock + held, centred + (j + 1) * kBlock, 0.0f);
    }
}

void block(const float* centred, size_t size, const float* whitener, float* distance, size_t count) {
    F32 total[kVectors] = {};
    for (size_t i = 0; i < size; ++i) {
        F32 sum[kVectors] = {};
        for (size_t j = 0; j <= i; ++j) {
            const F32 weight = splat<F32>(whitener[i * size + j]);
            for (size_t v = 0; v < kVectors; ++v)
                sum[v] = fused(weight, load<F32>(centred + j * kBlock + v * kLanes<F32>), sum[v]);
        }
        for (size_t v = 0; v < kVectors; ++v) total[v] = fused(sum[v], sum[v], total[v]);
    }
    float squares[kBlock];
    for (size_t v = 0; v < kVectors; ++v) store(squares + v * kLanes<F32>, total[v]);
    for (size_t lane = 0; lane < count; ++lane) distance[lane] = std::sqrt(squares[lane]);
}

}  // namespace

void mahalanobis(const float* x, size_t size, size_t count, const float* mean, const float* whitener,
                 float* distance) {
    parallel_for((count + kPiece - 1) / kPiece, [&](size_t piece) {
        float* centred = scratch<float>(Slot::centred, size * kBlock);
        const size_t end = std::min(count, (piece + 1) * kPiece);
        for (size_t first = piece * kPiece; first < end; first += kBlock) {
            const size_t held = std::min(kBlock, end - first);
            centre(x, size, count, first, held, mean, centred);
            block(centred, size, whitener, distance + first, held);
        }
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
