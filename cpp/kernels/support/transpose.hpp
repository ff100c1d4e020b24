#pragma once
// Square blocks of floats, as wide as a vector, turned over in registers.

#include "kernels/simd/simd.hpp"

#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
#define SURFEDGE_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SURFEDGE_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, I32{__VA_ARGS__})
#endif

namespace surfedge::SURFEDGE_LEVEL {

#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
// Each group of four lanes of a and b: a0 b0 a1 b1, a2 b2 a3 b3; a0 a1 b0 b1, a2 a3 b2 b3.
SURFEDGE_INLINE F32 low_singles(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}
SURFEDGE_INLINE F32 high_singles(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
SURFEDGE_INLINE F32 low_pairs(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}
SURFEDGE_INLINE F32 high_pairs(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
// Groups of four lanes: a0 a2 b0 b2, a1 a3 b1 b3.
SURFEDGE_INLINE F32 even_fours(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}
SURFEDGE_INLINE F32 odd_fours(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}
// a0 b0 a1 b1 ... over all lanes, and the other half.
SURFEDGE_INLINE F32 low_interleaved(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
SURFEDGE_INLINE F32 high_interleaved(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
SURFEDGE_INLINE F32 even_lanes(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
SURFEDGE_INLINE F32 odd_lanes(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
// Lane 0 of a, then the lanes of b from the last down to 1.
SURFEDGE_INLINE F32 descending(F32 a, F32 b) {
    const F32 both = SURFEDGE_SHUFFLE(a, b, 0, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    return SURFEDGE_SHUFFLE(both, both, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
}
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
SURFEDGE_INLINE F32 low_singles(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
}
SURFEDGE_INLINE F32 high_singles(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}
SURFEDGE_INLINE F32 low_pairs(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
}
SURFEDGE_INLINE F32 high_pairs(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}
SURFEDGE_INLINE F32 even_fours(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
}
SURFEDGE_INLINE F32 odd_fours(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}
SURFEDGE_INLINE F32 low_interleaved(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
SURFEDGE_INLINE F32 high_interleaved(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
SURFEDGE_INLINE F32 even_lanes(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}
SURFEDGE_INLINE F32 odd_lanes(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}
SURFEDGE_INLINE F32 descending(F32 a, F32 b) {
    const F32 both = SURFEDGE_SHUFFLE(a, b, 0, 9, 10, 11, 12, 13, 14, 15);
    return SURFEDGE_SHUFFLE(both, both, 0, 7, 6, 5, 4, 3, 2, 1);
}
#elif defined(SURFEDGE_VECTORS)
SURFEDGE_INLINE F32 low_singles(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 4, 1, 5);
}
SURFEDGE_INLINE F32 high_singles(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 2, 6, 3, 7);
}
SURFEDGE_INLINE F32 low_pairs(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 1, 4, 5);
}
SURFEDGE_INLINE F32 high_pairs(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 2, 3, 6, 7);
}
SURFEDGE_INLINE F32 low_interleaved(F32 a, F32 b) {
    return low_singles(a, b);
}
SURFEDGE_INLINE F32 high_interleaved(F32 a, F32 b) {
    return high_singles(a, b);
}
SURFEDGE_INLINE F32 even_lanes(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 0, 2, 4, 6);
}
SURFEDGE_INLINE F32 odd_lanes(F32 a, F32 b) {
    return SURFEDGE_SHUFFLE(a, b, 1, 3, 5, 7);
}
SURFEDGE_INLINE F32 descending(F32 a, F32 b) {
    const F32 both = SURFEDGE_SHUFFLE(a, b, 0, 5, 6, 7);
    return SURFEDGE_SHUFFLE(both, both, 0, 3, 2, 1);
}
#else
SURFEDGE_INLINE F32 low_interleaved(F32 a, F32 b) {
    return {{a[0], b[0], a[1], b[1]}};
}
SURFEDGE_INLINE F32 high_interleaved(F32 a, F32 b) {
    return {{a[2], b[2], a[3], b[3]}};
}
SURFEDGE_INLINE F32 even_lanes(F32 a, F32 b) {
    return {{a[0], a[2], b[0], b[2]}};
}
SURFEDGE_INLINE F32 odd_lanes(F32 a, F32 b) {
    return {{a[1], a[3], b[1], b[3]}};
}
SURFEDGE_INLINE F32 descending(F32 a, F32 b) {
    return {{a[0], b[3], b[2], b[1]}};
}
#endif

// Lane j of row i becomes lane i of row j.
SURFEDGE_INLINE void transpose(F32 (&row)[kLanes<F32>]) {
#if defined(SURFEDGE_VECTORS)
    constexpr size_t kGroups = kLanes<F32> / 4;
    for (size_t g = 0; g < 4 * kGroups; g += 4) {
        const F32 a = low_singles(row[g], row[g + 1]), b = high_singles(row[g], row[g + 1]);
        const F32 c = low_singles(row[g + 2], row[g + 3]), d = high_singles(row[g + 2], row[g + 3]);
        row[g] = low_pairs(a, c), row[g + 1] = high_pairs(a, c);
        row[g + 2] = low_pairs(b, d), row[g + 3] = high_pairs(b, d);
    }
#if defined(__AVX512BW__)
    for (size_t i = 0; i < 4; ++i) {
        const F32 a = even_fours(row[i], row[4 + i]), b = odd_fours(row[i], row[4 + i]);
        const F32 c = even_fours(row[8 + i], row[12 + i]), d = odd_fours(row[8 + i], row[12 + i]);
        row[i] = even_fours(a, c), row[8 + i] = odd_fours(a, c);
        row[4 + i] = even_fours(b, d), row[12 + i] = odd_fours(b, d);
    }
#elif defined(__AVX2__)
    for (size_t i = 0; i < 4; ++i) {
        const F32 low = even_fours(row[i], row[4 + i]);
        row[4 + i] = odd_fours(row[i], row[4 + i]);
        row[i] = low;
    }
#endif
#else
    for (size_t i = 0; i < kLanes<F32>; ++i) {
        for (size_t j = 0; j < i; ++j) {
            const float value = row[i][j];
            row[i][j] = row[j][i];
            row[j][i] = value;
        }
    }
#endif
}

}  // namespace surfedge::SURFEDGE_LEVEL
