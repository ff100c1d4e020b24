#pragma once
// Four numbers for each of several pixels, turned over: the first of all, the second of all, and so on.

#include <cstddef>

#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

#if defined(SURFEDGE_VECTORS) && defined(__AVX2__)
typedef float Pixels __attribute__((vector_size(32)));  // turned over in two halves at every level
#else
using Pixels = F32;
#endif
constexpr size_t kPixels = sizeof(Pixels) / sizeof(float);

// taps[j][i] = at(i)[j] for j = 0 ... 3 and i = 0 ... kPixels - 1.
template <class At>
SURFEDGE_INLINE void turn_over(At at, Pixels taps[4]) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    const auto both = [&](size_t i) {
        return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(at(i))), _mm_loadu_ps(at(i + 4)), 1);
    };
    const __m256 a = both(0), b = both(1), c = both(2), d = both(3);
    const __m256 ab = _mm256_unpacklo_ps(a, b), cd = _mm256_unpacklo_ps(c, d);
    const __m256 ab_high = _mm256_unpackhi_ps(a, b), cd_high = _mm256_unpackhi_ps(c, d);
    taps[0] = (Pixels)_mm256_shuffle_ps(ab, cd, 0x44), taps[1] = (Pixels)_mm256_shuffle_ps(ab, cd, 0xee);
    taps[2] = (Pixels)_mm256_shuffle_ps(ab_high, cd_high, 0x44);
    taps[3] = (Pixels)_mm256_shuffle_ps(ab_high, cd_high, 0xee);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    __m128 a = _mm_loadu_ps(at(0)), b = _mm_loadu_ps(at(1)), c = _mm_loadu_ps(at(2)), d = _mm_loadu_ps(at(3));
    _MM_TRANSPOSE4_PS(a, b, c, d);
    taps[0] = (Pixels)a, taps[1] = (Pixels)b, taps[2] = (Pixels)c, taps[3] = (Pixels)d;
#else
    for (size_t j = 0; j < 4; ++j) {
        for (size_t i = 0; i < kPixels; ++i) taps[j][i] = at(i)[j];
    }
#endif
}

// Four samples as what is added for a step across, down, and both: the value between them is
// here + u across + v (down + u both).
SURFEDGE_INLINE void set_bilinear(const float samples[4], float* taps) {
    taps[0] = samples[0], taps[1] = samples[1] - samples[0], taps[2] = samples[2] - samples[0];
    taps[3] = (samples[3] - samples[2]) - taps[1];
}

template <class V>
SURFEDGE_INLINE V bilinear(const V taps[4], V across, V down) {
    return (taps[0] + taps[1] * across) + (taps[2] + taps[3] * across) * down;
}

}  // namespace surfedge::SURFEDGE_LEVEL
