// Masks: one bit per pixel, each vector lane its own row, so that neighbours to the left and right are
// neighbouring words of the same lane and rows above and below are loads a little further on.

#include <algorithm>

#include "kernels/morphology/chords.hpp"
#include "kernels/morphology/morphology.hpp"
#include "kernels/support/bit_rows.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRows = 8;  // rows eroded together: 8 words of 8 bytes
constexpr size_t kParts = kRows / kLanes<U64>;
constexpr uint64_t kOnes = ~uint64_t{0};

enum class Slot { image, eroded, block, end };

// Word (column, row) holds pixels 64 column ... 64 column + 63 of a row; words of one column follow each
// other. Bits outside the image, to the right and in the margins of rows, are set: they do not change a
// minimum.
struct BitImage {
    uint64_t* words;
    size_t height, width, margin;

    size_t columns() const { return (width + 63) / 64; }
    size_t blocks() const { return (height + kRows - 1) / kRows; }
    // Odd in cache lines: the columns of one row do not fall in one cache set.
    size_t stride() const { return ((2 * margin + blocks() * kRows + 7) / 8 | 1) * 8; }
    size_t size() const { return stride() * columns(); }
    uint64_t* column(size_t c) const { return words + c * stride() + margin; }
    uint64_t outside(size_t c) const { return width - 64 * c < 64 ? kOnes << (width - 64 * c) : 0; }

    void set_margins() const {
        for (size_t c = 0; c < columns(); ++c) {
            std::fill(column(c) - margin, column(c), kOnes);
            std::fill(column(c) + height, words + (c + 1) * stride(), kOnes);
        }
    }
};

// flip = kOnes packs the complement, whose erosion is the complement of the dilation.
void pack_rows(const uint8_t* image, BitImage to, uint64_t flip, size_t block) {
    for (size_t y = block * kRows; y < std::min(to.height, (block + 1) * kRows); ++y) {
        const uint8_t* row = image + y * to.width;
        const size_t whole = to.width / 64;
        for (size_t c = 0; c < whole; ++c) to.column(c)[y] = bits_of_64(row + 64 * c) ^ flip;
        if (whole < to.columns())
            to.column(whole)[y] = (bits_of_part(row + 64 * whole, to.width % 64) ^ flip) | to.outside(whole);
    }
}

void unpack_rows(const uint64_t* words, uint8_t* out, BitImage like, uint64_t flip, size_t block) {
    for (size_t y = block * kRows; y < std::min(like.height, (block + 1) * kRows); ++y) {
        uint8_t* row = out + y * like.width;
        const uint64_t* word = words + y % kRows;
        const size_t whole = like.width / 64;
        for (size_t c = 0; c < whole; ++c) bytes_of_64(word[c * kRows] ^ flip, row + 64 * c);
        if (whole < like.columns())
            bytes_of_part(word[whole * kRows] ^ flip, row + 64 * whole, like.width % 64);
    }
}

// words: kRows x columns. Each bit becomes the minimum of itself and its neighbours to the left and right;
// what is outside counts as set. One pixel at a time is exact at the edges of the image, a wider step would
// not be.
void widen_one(uint64_t* words, size_t columns) {
    for (size_t part = 0; part < kParts; ++part) {
        uint64_t* at = words + part * kLanes<U64>;
        U64 left = splat<U64>(kOnes), here = load<U64>(at);
        for (size_t c = 0; c < columns; ++c, at += kRows) {
            const U64 right = c + 1 < columns ? load<U64>(at + kRows) : splat<U64>(kOnes);
            store(at, here & ((here << 1) | (left >> 63)) & ((here >> 1) | (right << 63)));
            left = here, here = right;
        }
    }
}

void take_rows(uint64_t* words, const BitImage& from, size_t row, size_t first, size_t last) {
    for (size_t c = 0; c < from.columns(); ++c) {
        for (size_t part = 0; part < kParts; ++part) {
            uint64_t* to = words + c * kRows + part * kLanes<U64>;
            const uint64_t* middle = from.column(c) + row + part * kLanes<U64>;
            U64 gathered = load<U64>(to);
            for (size_t dy = first; dy <= last; ++dy)
                gathered &= load<U64>(middle - dy) & load<U64>(middle + dy);
            store(to, gathered);
        }
    }
}

// words: kRows x columns, the erosion of one block of rows.
void erode_block(const BitImage& from, const DiskSteps& steps, uint64_t* words, size_t block) {
    const size_t row = block * kRows;
    for (size_t c = 0; c < from.columns(); ++c)
        std::memcpy(words + c * kRows, from.column(c) + row, kRows * 8);
    for (const DiskStep& step : steps) {
        for (size_t i = 0; i < step.widen; ++i) widen_one(words, from.columns());
        take_rows(words, from, row, step.first, step.last);
    }
}

void erode_to_bits(BitImage from, const DiskSteps& steps, BitImage to, uint64_t flip, size_t block) {
    uint64_t* words = scratch<uint64_t>(Slot::block, from.columns() * kRows);
    erode_block(from, steps, words, block);
    const size_t rows = std::min(kRows, from.height - block * kRows);
    for (size_t c = 0; c < from.columns(); ++c) {
        for (size_t i = 0; i < rows; ++i)
            to.column(c)[block * kRows + i] = (words[c * kRows + i] ^ flip) | to.outside(c);
    }
}

void erode_to_bytes(BitImage from, const DiskSteps& steps, uint8_t* out, uint64_t flip, size_t block) {
    uint64_t* words = scratch<uint64_t>(Slot::block, from.columns() * kRows);
    erode_block(from, steps, words, block);
    unpack_rows(words, out, from, flip, block);
}

}  // namespace

void morphology_mask(Morphology what, const uint8_t* image, uint8_t* out, size_t height, size_t width,
                     size_t radius) {
    if (height == 0 || width == 0) return;
    const DiskSteps steps(radius);
    BitImage bits{nullptr, height, width, radius};
    bits.words = scratch<uint64_t>(Slot::image, bits.size());
    bits.set_margins();
    const uint64_t before = what == Morphology::dilate ? kOnes : 0;
    parallel_for(bits.blocks(), [&](size_t block) { pack_rows(image, bits, before, block); });
    uint64_t after = before;
    if (what == Morphology::open) {
        BitImage eroded = bits;
        eroded.words = scratch<uint64_t>(Slot::eroded, eroded.size());
        eroded.set_margins();
        parallel_for(bits.blocks(), [&](size_t block) { erode_to_bits(bits, steps, eroded, kOnes, block); });
        bits = eroded, after = kOnes;
    }
    parallel_for(bits.blocks(), [&](size_t block) { erode_to_bytes(bits, steps, out, after, block); });
}

}  // namespace surfedge::SURFEDGE_LEVEL
