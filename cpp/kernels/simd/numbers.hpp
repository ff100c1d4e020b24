#pragma once
// Whole numbers as floats, floats as whole numbers, and products of pairs of 16-bit numbers.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/simd/types.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Lane by lane; where the value has no place in the other type it must be bounded before.
template <class To, class From>
SURFEDGE_INLINE To converted(From v) {
#if defined(SURFEDGE_VECTORS)
    return __builtin_convertvector(v, To);
#else
    using Lane = std::remove_reference_t<decltype(To{}[0])>;
    To numbers{};
    for (size_t i = 0; i < kLanes<To>; ++i) numbers[i] = static_cast<Lane>(v[i]);
    return numbers;
#endif
}

SURFEDGE_INLINE F32 as_floats(I32 v) {
    return converted<F32>(v);
}

// Rounded towards 0.
SURFEDGE_INLINE I32 whole_parts(F32 v) {
    return converted<I32>(v);
}

// Rounded towards minus infinity; NaN and infinities stay.
SURFEDGE_INLINE F32 rounded_down(F32 v) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512F__)
    return (F32)_mm512_maskz_roundscale_ps((__mmask16)-1, (__m512)v,
                                           _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    return (F32)_mm256_floor_ps((__m256)v);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    return (F32)_mm_floor_ps((__m128)v);
#elif defined(SURFEDGE_VECTORS) && defined(__ARM_NEON) && defined(__aarch64__)
    return (F32)vrndmq_f32((float32x4_t)v);
#else
    F32 down;
    for (size_t i = 0; i < kLanes<F32>; ++i) down[i] = std::floor(v[i]);
    return down;
#endif
}

// Sums of products of lanes 2 i and 2 i + 1, neither of them the least 16-bit number.
SURFEDGE_INLINE I32 pair_products(I16 a, I16 b) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    return (I32)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    return (I32)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    return (I32)_mm_madd_epi16((__m128i)a, (__m128i)b);
#elif defined(SURFEDGE_VECTORS) && defined(__ARM_NEON)
    const int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
    const int32x4_t low = vmull_s16(vget_low_s16(x), vget_low_s16(y));
    const int32x4_t high = vmull_s16(vget_high_s16(x), vget_high_s16(y));
    const int32x2_t first = vpadd_s32(vget_low_s32(low), vget_high_s32(low));
    return (I32)vcombine_s32(first, vpadd_s32(vget_low_s32(high), vget_high_s32(high)));
#else
    I32 sums;
    for (size_t i = 0; i < kLanes<I32>; ++i) sums[i] = a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
    return sums;
#endif
}

}  // namespace surfedge::SURFEDGE_LEVEL
