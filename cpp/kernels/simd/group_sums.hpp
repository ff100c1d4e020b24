#pragma once
// Sums of bytes and of their squares.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/simd/types.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Sums of bytes and of their squares over groups of 8 neighbouring lanes, over at most 4096 vectors.
class GroupSums {
  public:
    static constexpr size_t kGroups = kVectorBytes / 8;

#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    SURFEDGE_INLINE void add(U8 v) {
        const __m512i zero = _mm512_setzero_si512(), bytes = (__m512i)v;
        const __m512i low = _mm512_unpacklo_epi8(bytes, zero), high = _mm512_unpackhi_epi8(bytes, zero);
        sums_ += (U64)_mm512_sad_epu8(bytes, zero);
        low_ += (U32)_mm512_madd_epi16(low, low), high_ += (U32)_mm512_madd_epi16(high, high);
    }
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    SURFEDGE_INLINE void add(U8 v) {
        const __m256i zero = _mm256_setzero_si256(), bytes = (__m256i)v;
        const __m256i low = _mm256_unpacklo_epi8(bytes, zero), high = _mm256_unpackhi_epi8(bytes, zero);
        sums_ += (U64)_mm256_sad_epu8(bytes, zero);
        low_ += (U32)_mm256_madd_epi16(low, low), high_ += (U32)_mm256_madd_epi16(high, high);
    }
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    SURFEDGE_INLINE void add(U8 v) {
        const __m128i zero = _mm_setzero_si128(), bytes = (__m128i)v;
        const __m128i low = _mm_unpacklo_epi8(bytes, zero), high = _mm_unpackhi_epi8(bytes, zero);
        sums_ += (U64)_mm_sad_epu8(bytes, zero);
        low_ += (U32)_mm_madd_epi16(low, low), high_ += (U32)_mm_madd_epi16(high, high);
    }
#elif defined(SURFEDGE_VECTORS) && defined(__ARM_NEON)
    SURFEDGE_INLINE void add(U8 v) {
        const uint8x16_t bytes = (uint8x16_t)v;
        const uint8x8_t low = vget_low_u8(bytes), high = vget_high_u8(bytes);
        sums_ = (U64)vpadalq_u32((uint64x2_t)sums_, vpaddlq_u16(vpaddlq_u8(bytes)));
        low_ = (U32)vpadalq_u16((uint32x4_t)low_, vmull_u8(low, low));
        high_ = (U32)vpadalq_u16((uint32x4_t)high_, vmull_u8(high, high));
    }
#else
    SURFEDGE_INLINE void add(U8 v) {
        for (size_t i = 0; i < kVectorBytes; ++i) {
            const uint32_t value = v[i];
            sums_[i / 8] += value;
            (i % 16 < 8 ? low_ : high_)[i / 16 * 4] += value * value;
        }
    }
#endif

    SURFEDGE_INLINE void store_to(uint32_t* sums, uint32_t* squares) const {
        uint64_t groups[kGroups];
        uint32_t low[kGroups * 2], high[kGroups * 2];
        std::memcpy(groups, &sums_, sizeof groups);
        std::memcpy(low, &low_, sizeof low);
        std::memcpy(high, &high_, sizeof high);
        for (size_t i = 0; i < kGroups; ++i) sums[i] = static_cast<uint32_t>(groups[i]);
        for (size_t i = 0; i < kGroups / 2; ++i) {  // 128-bit lanes
            squares[2 * i] = (low[4 * i] + low[4 * i + 1]) + (low[4 * i + 2] + low[4 * i + 3]);
            squares[2 * i + 1] = (high[4 * i] + high[4 * i + 1]) + (high[4 * i + 2] + high[4 * i + 3]);
        }
    }

  private:
    U64 sums_{};
    U32 low_{}, high_{};  // squares of the lower and upper half of each 128-bit lane
};

}  // namespace surfedge::SURFEDGE_LEVEL
