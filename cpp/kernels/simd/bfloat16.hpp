#pragma once
// bfloat16, the upper half of a float: loaded as floats; and lanes set to 0 from or up to a place.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/simd/memory.hpp"
#include "kernels/simd/types.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// kLanes<F32> numbers of two bytes, low one first.
SURFEDGE_INLINE F32 load_bfloat16(const uint8_t* from) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    const __mmask16 all = static_cast<__mmask16>(-1);  // GCC warns of the forms without a mask
    const __m512i bits = _mm512_maskz_cvtepu16_epi32(all, _mm256_loadu_si256((const __m256i*)from));
    return (F32)_mm512_maskz_slli_epi32(all, bits, 16);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    return (F32)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i*)from)), 16);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    return (F32)_mm_slli_epi32(_mm_cvtepu16_epi32(_mm_loadl_epi64((const __m128i*)from)), 16);
#elif defined(SURFEDGE_VECTORS) && defined(__ARM_NEON)
    return (F32)vshll_n_u16(vreinterpret_u16_u8(vld1_u8(from)), 16);
#else
    F32 numbers{};
    for (size_t i = 0; i < kLanes<F32>; ++i) {
        const uint32_t bits = (uint32_t{from[2 * i]} << 16) | (uint32_t{from[2 * i + 1]} << 24);
        float number;
        std::memcpy(&number, &bits, sizeof number);
        numbers[i] = number;
    }
    return numbers;
#endif
}

// The first `count` of them, the other lanes 0; count < kLanes<F32>.
SURFEDGE_INLINE F32 load_bfloat16_part(const uint8_t* from, size_t count) {
    uint8_t whole[2 * kLanes<F32>] = {};
    std::memcpy(whole, from, 2 * count);
    return load_bfloat16(whole);
}

struct LaneMasks {
    uint32_t bits[3 * kLanes<F32>];
    constexpr LaneMasks() : bits() {
        for (size_t i = 0; i < kLanes<F32>; ++i) bits[kLanes<F32> + i] = 0xFFFFFFFFu;
    }
};
inline constexpr LaneMasks kLaneMasks;

SURFEDGE_INLINE F32 masked(F32 v, const uint32_t* mask) {
#if defined(SURFEDGE_VECTORS)
    return (F32)((U32)v & load<U32>(mask));
#else
    for (size_t i = 0; i < kLanes<F32>; ++i) v[i] = mask[i] ? v[i] : 0.0f;
    return v;
#endif
}

// v with the lanes before `lane` 0; lane <= kLanes<F32>.
SURFEDGE_INLINE F32 from_lane(F32 v, size_t lane) {
    return masked(v, kLaneMasks.bits + kLanes<F32> - lane);
}

// v with the lanes from `lane` on 0; lane <= kLanes<F32>.
SURFEDGE_INLINE F32 to_lane(F32 v, size_t lane) {
    return masked(v, kLaneMasks.bits + 2 * kLanes<F32> - lane);
}

}  // namespace surfedge::SURFEDGE_LEVEL
