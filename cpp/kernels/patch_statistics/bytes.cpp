// Patches of bytes: sums of the pixels and of their squares, in whole numbers.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/patch_statistics/patch_statistics.hpp"
#include "kernels/patch_statistics/slots.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kMostRows = 256;  // rows summed in narrow integers before they are added to the patches

// Sums over the patches of one row of patches.
struct PatchSums {
    uint64_t *sum, *squares;  // one each per patch
};

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

// The same for many patches of at most so many pixels: sums fit 32 bits, all terms are exact in double.
constexpr uint64_t kFewPixels = 1u << 15;
static_assert(255 * 255 * kFewPixels <= INT32_MAX && 255 * 255 * kFewPixels * kFewPixels < uint64_t{1} << 53);

void deviations_of(uint64_t n, const PatchSums& patches, size_t count, float* deviation) {
    const double pixels = static_cast<double>(n), scale = pixels * 255.0;
    for (size_t i = 0; i < count; ++i) {
        const double sum = static_cast<int32_t>(patches.sum[i]),
                     squares = static_cast<int32_t>(patches.squares[i]);
        deviation[i] = static_cast<float>(std::sqrt(pixels * squares - sum * sum) / scale);
    }
}

// A block of at most kMostRows rows of the image.
struct Block {
    const uint8_t* first;
    size_t rows, pitch, width;
};

// Sums of groups of 8 columns; sums, squares: width / 8 rounded up to kGroupChunk / 8.
constexpr size_t kGroupChunk = 64;

SURFEDGE_INLINE void sum_group_chunk(const uint8_t* from, size_t rows, size_t pitch, uint32_t* sums,
                                     uint32_t* squares) {
    constexpr size_t kVectors = kVectorBytes == 16 ? 2 : kGroupChunk / kVectorBytes;
    for (size_t at = 0; at < kGroupChunk; at += kVectors * kVectorBytes) {
        GroupSums groups[kVectors];
        for (size_t row = 0; row < rows; ++row) {
            for (size_t i = 0; i < kVectors; ++i)
                groups[i].add(load<U8>(from + row * pitch + at + i * kVectorBytes));
        }
        for (size_t i = 0; i < kVectors; ++i)
            groups[i].store_to(sums + at / 8 + i * GroupSums::kGroups,
                               squares + at / 8 + i * GroupSums::kGroups);
    }
}

void sum_groups(const Block& block, uint32_t* sums, uint32_t* squares) {
    size_t x = 0;
    for (; x + kGroupChunk <= block.width; x += kGroupChunk)
        sum_group_chunk(block.first + x, block.rows, block.pitch, sums + x / 8, squares + x / 8);
    if (x == block.width) return;
    uint8_t rest[kMostRows * kGroupChunk];  // zeros beyond the edge add nothing
    std::memset(rest, 0, block.rows * kGroupChunk);
    for (size_t row = 0; row < block.rows; ++row)
        std::memcpy(rest + row * kGroupChunk, block.first + row * block.pitch + x, block.width - x);
    sum_group_chunk(rest, block.rows, kGroupChunk, sums + x / 8, squares + x / 8);
}

// Sums of single columns; sums, squares: width rounded up to kLanes<U16>.
void sum_columns(const Block& block, uint32_t* sums, uint32_t* squares) {
    constexpr size_t kColumns = kLanes<U16>;
    for (size_t x = 0; x < block.width; x += kColumns) {
        const size_t count = std::min(kColumns, block.width - x);
        U16 sum{};
        U32 even{}, odd{};  // squares of every second column
        for (size_t row = 0; row < block.rows; ++row) {
            const uint8_t* from = block.first + row * block.pitch + x;
            const U16 v = count == kColumns ? load_u16(from) : load_u16_part(from, count);
            const U16 squared = v * v;
            const U32 square = load<U32>(&squared);
            sum += v, even += square & 0xFFFFu, odd += square >> 16;
        }
        for (size_t i = 0; i < kColumns; ++i) {
            sums[x + i] = sum[i];
            squares[x + i] = i % 2 ? odd[i / 2] : even[i / 2];
        }
    }
}

// Adds `per_patch` neighbouring values of each patch.
void add_up(const uint32_t* values, size_t count, size_t per_patch, uint64_t* patches) {
    size_t patch = 0, i = 0;
    for (; i + per_patch <= count; ++patch) {
        uint64_t sum = 0;
        for (const size_t end = i + per_patch; i < end; ++i) sum += values[i];
        patches[patch] += sum;
    }
    for (; i < count; ++i) patches[patch] += values[i];
}

void add_pairs(const uint32_t* values, size_t count, uint64_t* patches) {
    for (size_t i = 0; i + 2 <= count; i += 2) patches[i / 2] += values[i] + values[i + 1];
    if (count % 2) patches[count / 2] += values[count - 1];
}

void sum_patches(const Block& block, size_t patch_px, PatchSums patches) {
    const bool grouped = patch_px % 8 == 0;
    const size_t room = (block.width + kGroupChunk - 1) / kGroupChunk * kGroupChunk;
    uint32_t *sums = scratch<uint32_t>(PatchSlot::columns, 2 * room), *squares = sums + room;
    const size_t count = grouped ? (block.width + 7) / 8 : block.width,
                 per_patch = grouped ? patch_px / 8 : patch_px;
    grouped ? sum_groups(block, sums, squares) : sum_columns(block, sums, squares);
    if (per_patch == 2) {
        add_pairs(sums, count, patches.sum), add_pairs(squares, count, patches.squares);
    } else {
        add_up(sums, count, per_patch, patches.sum), add_up(squares, count, per_patch, patches.squares);
    }
}

}  // namespace

void patch_std(const uint8_t* image, PatchGrid grid, float* deviation) {
    if (grid.rows() == 0 || grid.columns() == 0) return;
    const size_t p = grid.patch_px, columns = grid.columns(), last_width = grid.width - (columns - 1) * p;
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t y0 = row * p, y1 = std::min(grid.height, y0 + p);
        uint64_t* sums = scratch<uint64_t>(PatchSlot::patches, 2 * columns);
        const PatchSums patches{sums, sums + columns};
        std::fill_n(sums, 2 * columns, uint64_t{0});
        for (size_t y = y0; y < y1; y += kMostRows)
            sum_patches({image + y * grid.width, std::min(kMostRows, y1 - y), grid.width, grid.width}, p,
                        patches);
        const uint64_t n = (y1 - y0) * p;
        const size_t whole = n <= kFewPixels ? columns - 1 : 0;
        float* out = deviation + row * columns;
        deviations_of(n, patches, whole, out);
        for (size_t i = whole; i < columns; ++i)
            out[i] = deviation_of((y1 - y0) * (i + 1 < columns ? p : last_width), sums[i], sums[columns + i]);
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
