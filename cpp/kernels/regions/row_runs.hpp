#pragma once
// Runs of set pixels in one row of a mask.

#include "kernels/support/bit_rows.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// As most rows of most masks are.
inline bool is_empty(const uint8_t* row, size_t width) {
    constexpr size_t kStep = 8 * sizeof(U8);
    size_t x = 0;
    for (; x + kStep <= width; x += kStep) {
        U8 together = load<U8>(row + x);
        for (size_t i = sizeof(U8); i < kStep; i += sizeof(U8)) together |= load<U8>(row + x + i);
        if (any(together)) return false;
    }
    for (; x < width && width - x >= 64; x += 64) {
        if (bits_of_64(row + x) != 0) return false;
    }
    return x == width || bits_of_part(row + x, width - x) == 0;
}

// Positions where bits change, two by two, are the runs. They are written four at a time, the last ones in
// vain: loops of unpredictable length cost more. Room: width + 5 positions.
inline size_t find_runs_in_row(const uint8_t* row, size_t width, uint32_t* edges) {
    constexpr uint64_t kStop = uint64_t{1} << 63;
    if (is_empty(row, width)) return 0;
    uint64_t before = 0;  // the bit to the left of this word
    size_t count = 0;
    for (size_t x = 0; x < width; x += 64) {
        const uint64_t bits = width - x >= 64 ? bits_of_64(row + x) : bits_of_part(row + x, width - x);
        uint64_t changes = bits ^ ((bits << 1) | before);
        before = bits >> 63;
        if (changes == 0) continue;
        const int here = count_bits(changes);
        for (int i = 0; i < here; i += 4) {
            for (int j = 0; j < 4; ++j, changes &= changes - 1)
                edges[count + static_cast<size_t>(i + j)] =
                    static_cast<uint32_t>(x) + static_cast<uint32_t>(lowest_bit(changes | kStop));
        }
        count += static_cast<size_t>(here);
    }
    if (count % 2 == 1) edges[count++] = static_cast<uint32_t>(width);
    return count / 2;
}

}  // namespace surfedge::SURFEDGE_LEVEL
