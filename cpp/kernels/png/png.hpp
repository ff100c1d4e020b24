#pragma once
// The pixels of a PNG file: grey or RGB of 8 bits, not interlaced.
//
// P. Deutsch, "DEFLATE Compressed Data Format Specification version 1.3", RFC 1951, 1996; P. Deutsch, J.-L.
// Gailly, "ZLIB Compressed Data Format Specification version 3.3", RFC 1950, 1996; W3C, "Portable Network
// Graphics Specification", third edition.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kMaxPngLine = size_t{1} << 20;  // bytes of a row

struct PngSize {
    size_t height, width;
    size_t channels;  // 1 or 3
    size_t line() const { return width * channels; }
};

// file: all of it; its image data is where the first IDAT chunk begins and may be anything. pixels: height x
// width x channels. False where they are not exactly an image of this size with a checksum that matches; then
// the pixels mean nothing. The chunks' own checksums are not looked at. line() is 1 to kMaxPngLine.
bool png_pixels(const uint8_t* file, size_t bytes, const PngSize& size, uint8_t* pixels);

}  // namespace surfedge::SURFEDGE_LEVEL
