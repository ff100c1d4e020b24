#pragma once
// Rows as they were before they were filtered for packing.

#include <cstdlib>
#include <cstring>

#include "kernels/simd/level.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Sums of bytes, eight at once, none carried into the next.
SURFEDGE_INLINE uint64_t byte_sums(uint64_t a, uint64_t b) {
    constexpr uint64_t kTop = 0x8080808080808080u;
    return ((a & ~kTop) + (b & ~kTop)) ^ ((a ^ b) & kTop);
}

// Of one byte a pixel: running sums of eight bytes in three steps.
inline void add_left_bytes(const uint8_t* row, size_t count, uint8_t* out) {
    size_t x = 0;
    uint64_t last = 0;  // the byte to the left, in all places
    for (; x + 8 <= count; x += 8) {
        uint64_t sums;
        std::memcpy(&sums, row + x, 8);
        sums = byte_sums(sums, sums << 8);
        sums = byte_sums(sums, sums << 16);
        sums = byte_sums(byte_sums(sums, sums << 32), last);
        std::memcpy(out + x, &sums, 8);
        last = (sums >> 56) * 0x0101010101010101u;
    }
    for (; x < count; ++x) out[x] = static_cast<uint8_t>(row[x] + (x > 0 ? out[x - 1] : 0));
}

inline int paeth(int left, int above, int corner) {
    const int to_left = std::abs(above - corner), to_above = std::abs(left - corner),
              to_corner = std::abs(left + above - 2 * corner);
    const int nearer = to_above <= to_corner ? above : corner;
    return to_left <= to_above && to_left <= to_corner ? left : nearer;
}

// row: its filter's number, then `count` bytes. above: the row above as it is, zeros for the first one. False
// for a filter that there is not.
template <size_t kChannels>
bool unfilter(const uint8_t* row, const uint8_t* above, size_t count, uint8_t* SURFEDGE_RESTRICT out) {
    const uint8_t filter = *row++;
    const auto byte = [](int value) { return static_cast<uint8_t>(value); };
    if (filter == 0) {
        std::memcpy(out, row, count);
    } else if (filter == 1) {
        if (kChannels == 1) return add_left_bytes(row, count, out), true;
        std::memcpy(out, row, kChannels);
        for (size_t x = kChannels; x < count; ++x) out[x] = byte(row[x] + out[x - kChannels]);
    } else if (filter == 2) {
        for (size_t x = 0; x < count; ++x) out[x] = byte(row[x] + above[x]);
    } else if (filter == 3) {
        for (size_t x = 0; x < kChannels; ++x) out[x] = byte(row[x] + above[x] / 2);
        for (size_t x = kChannels; x < count; ++x)
            out[x] = byte(row[x] + (out[x - kChannels] + above[x]) / 2);
    } else if (filter == 4) {
        for (size_t x = 0; x < kChannels; ++x) out[x] = byte(row[x] + above[x]);
        for (size_t x = kChannels; x < count; ++x)
            out[x] = byte(row[x] + paeth(out[x - kChannels], above[x], above[x - kChannels]));
    } else {
        return false;
    }
    return true;
}

}  // namespace surfedge::SURFEDGE_LEVEL
