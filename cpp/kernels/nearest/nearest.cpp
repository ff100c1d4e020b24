#include "kernels/nearest/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRows = 4;  // entries of the bank compared at a time: a group
#if defined(__AVX512F__) || defined(__ARM_NEON)
constexpr size_t kVectors = 6;  // each lane is a vector of its own, this many registers: 32 of them
#elif defined(__AVX2__)
constexpr size_t kVectors = 3;  // 16 registers
#else
constexpr size_t kVectors = 2;  // 16, some of them for products
#endif
constexpr size_t kBlock = kVectors * kLanes<F32>;
constexpr size_t kPiece = 8 * kBlock;  // vectors to a piece of work

enum class Slot { groups, norms, columns, end };

// Groups of kRows entries, groups[(g * size + j) * kRows + row], and their -|b|^2 / 2; the last group is
// filled up with entries that none is near to.
void pack(const float* bank, size_t entries, size_t size, float* SURFEDGE_RESTRICT groups, float* norms) {
    const size_t padded = (entries + kRows - 1) / kRows * kRows;
    for (size_t entry = 0; entry < padded; ++entry) {
        const float* from = bank + std::min(entry, entries - 1) * size;
        float* to = groups + entry / kRows * kRows * size + entry % kRows;
        float squares = 0.0f;
        for (size_t j = 0; j < size; ++j) {
            to[j * kRows] = from[j];
            squares += from[j] * from[j];
        }
        norms[entry] = entry < entries ? -0.5f * squares : -std::numeric_limits<float>::infinity();
    }
}

// Columns first .. first + held - 1 of x: columns[j * kBlock + lane]; lanes beyond `held` are 0.
void gather(const float* x, size_t size, size_t count, size_t first, size_t held,
            float* SURFEDGE_RESTRICT columns) {
    for (size_t j = 0; j < size; ++j) {
        const float* row = x + j * count + first;
        std::copy(row, row + held, columns + j * kBlock);
        std::fill(columns + j * kBlock + held, columns + (j + 1) * kBlock, 0.0f);
    }
}

// The group that holds the entry with the largest x.b - |b|^2 / 2, for each lane.
void best_groups(const float* columns, size_t size, const float* groups, const float* norms, size_t number,
                 int32_t* group_of) {
    F32 best[kVectors];
    I32 chosen[kVectors] = {};
    for (F32& value : best) value = splat<F32>(-std::numeric_limits<float>::infinity());
    for (size_t g = 0; g < number; ++g, groups += kRows * size, norms += kRows) {
        F32 score[kRows][kVectors];
        for (size_t row = 0; row < kRows; ++row) {
            for (F32& value : score[row]) value = splat<F32>(norms[row]);
        }
        for (size_t j = 0; j < size; ++j) {
            F32 column[kVectors];
            for (size_t v = 0; v < kVectors; ++v)
                column[v] = load<F32>(columns + j * kBlock + v * kLanes<F32>);
            for (size_t row = 0; row < kRows; ++row) {
                const F32 entry = splat<F32>(groups[j * kRows + row]);
                for (size_t v = 0; v < kVectors; ++v) score[row][v] = fused(entry, column[v], score[row][v]);
            }
        }
        const I32 here = splat<I32>(static_cast<int32_t>(g));
        for (size_t v = 0; v < kVectors; ++v) {
            const F32 group_best = max(max(score[0][v], score[1][v]), max(score[2][v], score[3][v]));
            chosen[v] = select(group_best > best[v], here, chosen[v]);
            best[v] = max(group_best, best[v]);
        }
    }
    for (size_t v = 0; v < kVectors; ++v) store(group_of + v * kLanes<I32>, chosen[v]);
}

// The nearest entry of the group, by differences.
void nearest_in_group(const float* column, size_t size, const float* group, const float* norms,
                      float* distance, size_t* row_found) {
    float squares[kRows] = {};
    for (size_t j = 0; j < size; ++j) {
        for (size_t row = 0; row < kRows; ++row) {
            const float difference = column[j * kBlock] - group[j * kRows + row];
            squares[row] += difference * difference;
        }
    }
    size_t found = 0;
    for (size_t row = 1; row < kRows; ++row) {
        if (squares[row] < squares[found] && norms[row] > -std::numeric_limits<float>::infinity())
            found = row;
    }
    *distance = std::sqrt(squares[found]);
    *row_found = found;
}

}  // namespace

void nearest(const float* x, size_t size, size_t count, const float* bank, size_t entries, float* distance,
             int32_t* index) {
    const size_t number = (entries + kRows - 1) / kRows;
    float* groups = scratch<float>(Slot::groups, number * kRows * size);
    float* norms = scratch<float>(Slot::norms, number * kRows);
    pack(bank, entries, size, groups, norms);
    parallel_for((count + kPiece - 1) / kPiece, [&](size_t piece) {
        float* columns = scratch<float>(Slot::columns, size * kBlock);
        const size_t end = std::min(count, (piece + 1) * kPiece);
        for (size_t first = piece * kPiece; first < end; first += kBlock) {
            const size_t held = std::min(kBlock, end - first);
            int32_t group_of[kBlock];
            gather(x, size, count, first, held, columns);
            best_groups(columns, size, groups, norms, number, group_of);
            for (size_t lane = 0; lane < held; ++lane) {
                const size_t g = static_cast<size_t>(group_of[lane]);
                size_t row;
                nearest_in_group(columns + lane, size, groups + g * kRows * size, norms + g * kRows,
                                 distance + first + lane, &row);
                index[first + lane] = static_cast<int32_t>(g * kRows + row);
            }
        }
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
