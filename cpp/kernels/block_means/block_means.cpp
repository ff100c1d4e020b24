#include "kernels/block_means/block_means.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

enum class Slot { sums, end };

constexpr size_t kRowsAtOnce = 8;  // more lines side by side than a cache has places get in each other's way
constexpr size_t kPieceBytes = size_t{1} << 17;  // of the image

// Adds up to kRowsAtOnce lines to the sums down the columns, or begins with them.
template <bool kFirst>
void add_lines(const uint8_t* lines, size_t line, size_t count, uint16_t* SURFEDGE_RESTRICT sums) {
    constexpr size_t kLine = kLanes<U16>;
    size_t x = 0;
    for (; x + 2 * kLine <= line; x += 2 * kLine) {
        U16 low{}, high{};
        if (!kFirst) low = load<U16>(sums + x), high = load<U16>(sums + x + kLine);
        for (size_t y = 0; y < count; ++y) {
            const uint8_t* from = lines + y * line + x;
            low += load_u16(from), high += load_u16(from + kLine);
        }
        store(sums + x, low), store(sums + x + kLine, high);
    }
    for (; x < line; ++x) {
        unsigned sum = kFirst ? 0 : sums[x];
        for (size_t y = 0; y < count; ++y) sum += lines[y * line + x];
        sums[x] = static_cast<uint16_t>(sum);
    }
}

// The sum of a block times `share`, rounded. A float of 2^23 and more holds whole numbers alone: adding it
// rounds, halves to even.
SURFEDGE_INLINE uint8_t rounded(uint32_t sum, float share) {
    const float whole = static_cast<float>(static_cast<int32_t>(sum)) * share + 8388608.0f;
    uint32_t bits;
    std::memcpy(&bits, &whole, sizeof bits);
    return static_cast<uint8_t>(bits);
}

// A line of means from the sums down the columns. kWidth: of a block, 0 for any.
template <size_t kWidth, size_t kChannels>
void mean_line(const uint16_t* sums, const Blocks& blocks, uint8_t* SURFEDGE_RESTRICT out) {
    const size_t width = kWidth ? kWidth : blocks.width, columns = blocks.columns;
    const float share = 1.0f / static_cast<float>(blocks.height * width);
    for (size_t x = 0; x < columns; ++x) {
        for (size_t c = 0; c < kChannels; ++c) {
            uint32_t sum = 0;
            for (size_t i = 0; i < width; ++i) sum += sums[(x * width + i) * kChannels + c];
            out[x * kChannels + c] = rounded(sum, share);
        }
    }
}

using MeanLine = void (*)(const uint16_t* sums, const Blocks& blocks, uint8_t* out);

template <size_t kChannels>
MeanLine mean_line_of(const Blocks& blocks) {
    switch (blocks.width) {
        case 2:
            return mean_line<2, kChannels>;
        case 3:
            return mean_line<3, kChannels>;
        case 4:
            return mean_line<4, kChannels>;
        case 5:
            return mean_line<5, kChannels>;
        case 8:
            return mean_line<8, kChannels>;
        case 16:
            return mean_line<16, kChannels>;
        default:
            return mean_line<0, kChannels>;
    }
}

}  // namespace

void block_means(const uint8_t* image, const Blocks& blocks, uint8_t* means) {
    const size_t line = blocks.line(),
                 rows = std::max<size_t>(1, kPieceBytes / std::max<size_t>(1, line * blocks.height));
    const MeanLine means_of = blocks.channels == 3 ? mean_line_of<3>(blocks) : mean_line_of<1>(blocks);
    parallel_for((blocks.rows + rows - 1) / rows, [&](size_t piece) {
        uint16_t* sums = scratch<uint16_t>(Slot::sums, line);
        for (size_t row = piece * rows; row < std::min(blocks.rows, (piece + 1) * rows); ++row) {
            const uint8_t* lines = image + row * blocks.height * line;
            add_lines<true>(lines, line, std::min(kRowsAtOnce, blocks.height), sums);
            for (size_t y = kRowsAtOnce; y < blocks.height; y += kRowsAtOnce)
                add_lines<false>(lines + y * line, line, std::min(kRowsAtOnce, blocks.height - y), sums);
            means_of(sums, blocks, means + row * blocks.columns * blocks.channels);
        }
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
