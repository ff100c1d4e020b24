#pragma once
// An image shrunk by whole factors: each block of pixels becomes its mean, rounded to a byte.
//
// Bit for bit what OpenCV's resize with INTER_AREA gives: the sum of the block times float(1 / its pixels),
// rounded to the nearest whole number, halves to even. (Of 2 x 2 pixels OpenCV rounds halves up.)

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kMaxBlockPx = 128;  // a side: sums of a column fit into 16 bits, of a block into a float

struct Blocks {
    size_t rows, columns;                                       // of blocks
    size_t height, width;                                       // of a block, px, 1 to kMaxBlockPx
    size_t channels;                                            // 1 or 3
    size_t line() const { return columns * width * channels; }  // bytes in a row of the image
};

// image: rows * height lines. means: rows x columns x channels. The same at every level.
void block_means(const uint8_t* image, const Blocks& blocks, uint8_t* means);

}  // namespace surfedge::SURFEDGE_LEVEL
