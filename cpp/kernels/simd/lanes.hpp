#pragma once
// Lanes: chosen, compared, multiplied and added, summed, moved.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/simd/types.hpp"

namespace surfedge::SURFEDGE_LEVEL {

template <class V, class T>
SURFEDGE_INLINE V splat(T value) {
#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    if constexpr (std::is_same_v<V, F32> && std::is_same_v<T, float>) {  // from memory in one instruction
#if defined(__AVX512F__)
        return (F32)_mm512_set1_ps(value);
#elif defined(__AVX2__)
        return (F32)_mm256_set1_ps(value);
#else
        return (F32)_mm_set1_ps(value);
#endif
    }
#endif
#if defined(SURFEDGE_VECTORS)
    using Lane = std::remove_reference_t<decltype(V{}[0])>;
    return V{} + static_cast<Lane>(value);  // exact for every value but -0
#else
    return V::all(static_cast<decltype(V{}.lane[0] + V{}.lane[0])>(value));
#endif
}

// The value, kept in a register: GCC would rather load it again for each use.
SURFEDGE_INLINE F32 held(F32 v) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512F__)
    asm("" : "+v"(v));
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    asm("" : "+x"(v));
#elif defined(SURFEDGE_VECTORS) && defined(__ARM_NEON)
    asm("" : "+w"(v));
#endif
    return v;
}

template <class M, class V>
SURFEDGE_INLINE V select(M mask, V a, V b) {
#if defined(SURFEDGE_VECTORS)
    return mask ? a : b;
#else
    for (size_t i = 0; i < kLanes<V>; ++i) a.lane[i] = mask.lane[i] ? a.lane[i] : b.lane[i];
    return a;
#endif
}

// Where a lane of either is NaN, the lane of b. (Compilers know the instruction in this form only, not in
// select.)
template <class V>
SURFEDGE_INLINE V min(V a, V b) {
#if defined(SURFEDGE_VECTORS)
    return a < b ? a : b;
#else
    return select(a < b, a, b);
#endif
}

template <class V>
SURFEDGE_INLINE V max(V a, V b) {
#if defined(SURFEDGE_VECTORS)
    return a > b ? a : b;
#else
    return select(a > b, a, b);
#endif
}

// a b + c, rounded once where the level has the instruction.
SURFEDGE_INLINE F32 fused(F32 a, F32 b, F32 c) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512F__)
    return (F32)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(SURFEDGE_VECTORS) && defined(__FMA__)
    return (F32)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(SURFEDGE_VECTORS) && defined(__ARM_NEON)
    return (F32)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

// True when a lane of a comparison's result is set.
template <class M>
SURFEDGE_INLINE bool any(M mask) {
    uint64_t words[kVectorBytes / 8], together = 0;
    std::memcpy(words, &mask, sizeof words);
    for (uint64_t word : words) together |= word;
    return together != 0;
}

// Sum over the lanes, always in the same tree: halves are added until one lane is left.
template <class V>
SURFEDGE_INLINE auto sum_lanes(V v) {
    std::remove_cv_t<std::remove_reference_t<decltype(V{}[0])>> lane[kLanes<V>];
    std::memcpy(lane, &v, sizeof v);
    for (size_t half = kLanes<V> / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; ++i) lane[i] += lane[i + half];
    }
    return lane[0];
}

#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
// The same tree in registers.
SURFEDGE_INLINE float sum_lanes(F32 v) {
#if defined(__AVX512F__)
    __m256 half[2];
    std::memcpy(half, &v, sizeof v);
    const __m256 eight = half[0] + half[1];
    const __m128 four = _mm256_castps256_ps128(eight) + _mm256_extractf128_ps(eight, 1);
#elif defined(__AVX2__)
    const __m128 four = _mm256_castps256_ps128((__m256)v) + _mm256_extractf128_ps((__m256)v, 1);
#else
    const __m128 four = (__m128)v;
#endif
    const __m128 two = four + _mm_movehl_ps(four, four);
    return two[0] + two[1];
}
#endif

// Number of lanes set in a comparison's result.
template <class M>
SURFEDGE_INLINE size_t count_set(M mask) {
    return static_cast<size_t>(-static_cast<int64_t>(sum_lanes(mask)));
}

#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__) && !defined(__AVX512F__)
// For each pattern of set lanes their numbers, lowest first.
struct LaneOrder {
    uint8_t lanes[1 << kLanes<F32>][8];
    constexpr LaneOrder() : lanes() {
        for (unsigned pattern = 0; pattern < 1u << kLanes<F32>; ++pattern) {
            unsigned set = 0;
            for (unsigned lane = 0; lane < kLanes<F32>; ++lane) {
                if (pattern >> lane & 1u) lanes[pattern][set++] = static_cast<uint8_t>(lane);
            }
        }
    }
};
inline constexpr LaneOrder kLaneOrder;
#endif

// Writes the set lanes of v one after the other to `to`, where a whole vector must fit; returns how many they
// are.
SURFEDGE_INLINE size_t store_set(float* to, I32 mask, F32 v) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512F__)
    const __mmask16 set = _mm512_movepi32_mask((__m512i)mask);
    _mm512_storeu_ps(to, _mm512_maskz_compress_ps(set, (__m512)v));
    return static_cast<size_t>(_mm_popcnt_u32(set));
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    const unsigned set = static_cast<unsigned>(_mm256_movemask_ps((__m256)mask));
    const __m256i order = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)kLaneOrder.lanes[set]));
    _mm256_storeu_ps(to, _mm256_permutevar8x32_ps((__m256)v, order));
    return static_cast<size_t>(_mm_popcnt_u32(set));
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    const unsigned set = static_cast<unsigned>(_mm_movemask_ps((__m128)mask));
    const __m128i lane = _mm_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)kLaneOrder.lanes[set]));
    const __m128i bytes =
        _mm_add_epi8(_mm_mullo_epi32(lane, _mm_set1_epi32(0x04040404)), _mm_set1_epi32(0x03020100));
    _mm_storeu_si128((__m128i*)to, _mm_shuffle_epi8((__m128i)v, bytes));
    return static_cast<size_t>(_mm_popcnt_u32(set));
#else
    size_t set = 0;
    for (size_t i = 0; i < kLanes<F32>; ++i) {
        to[set] = v[i];
        set += mask[i] ? 1 : 0;
    }
    return set;
#endif
}

// Lanes i ... of a line, from those at i - 2 and i + 2: in each group of four the upper half of `before`,
// then the lower half of `after`.
SURFEDGE_INLINE F32 between(F32 before, F32 after) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512F__)
    return (F32)_mm512_maskz_shuffle_pd((__mmask8)-1, (__m512d)before, (__m512d)after, 0x55);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    return (F32)_mm256_shuffle_pd((__m256d)before, (__m256d)after, 0x5);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    return (F32)_mm_shuffle_pd((__m128d)before, (__m128d)after, 0x1);
#elif defined(SURFEDGE_VECTORS) && defined(__ARM_NEON)
    return (F32)vextq_f32((float32x4_t)before, (float32x4_t)after, 2);
#else
    return {{before[2], before[3], after[0], after[1]}};
#endif
}

// Lanes i + kBy ... of a line, from those at i and those of the next vector; kBy is 4 or 8, kLanes<F32> at
// most.
template <int kBy>
SURFEDGE_INLINE F32 lanes_on(F32 v, F32 next) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512F__)
    return (F32)_mm512_maskz_alignr_epi32((__mmask16)-1, (__m512i)next, (__m512i)v, kBy);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    return kBy == 4 ? (F32)_mm256_permute2f128_ps((__m256)v, (__m256)next, 0x21) : next;
#else
    (void)v;
    return next;
#endif
}

}  // namespace surfedge::SURFEDGE_LEVEL
