#pragma once
// Pixels as wider lanes: bytes and floats as F32, bytes as U16.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/simd/memory.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// kLanes<F32> pixels as floats.
SURFEDGE_INLINE F32 load_f32(const float* from) {
    return load<F32>(from);
}

SURFEDGE_INLINE F32 load_f32(const uint8_t* from) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    const __m128i bytes = _mm_loadu_si128((const __m128i*)from);
    return __builtin_convertvector((I32)_mm512_maskz_cvtepu8_epi32((__mmask16)-1, bytes), F32);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    return __builtin_convertvector((I32)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)from)), F32);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    int32_t bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    return __builtin_convertvector((I32)_mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes)), F32);
#elif defined(SURFEDGE_VECTORS)
    typedef uint8_t Bytes __attribute__((vector_size(kVectorBytes / 4)));
    return __builtin_convertvector(__builtin_convertvector(load<Bytes>(from), I32), F32);
#else
    F32 v;
    for (size_t i = 0; i < kLanes<F32>; ++i) v[i] = static_cast<float>(from[i]);
    return v;
#endif
}

// kLanes<U16> bytes as 16-bit numbers.
SURFEDGE_INLINE U16 load_u16(const uint8_t* from) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    return (U16)_mm512_maskz_cvtepu8_epi16((__mmask32)-1, _mm256_loadu_si256((const __m256i*)from));
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    return (U16)_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i*)from));
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    return (U16)_mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i*)from));
#elif defined(SURFEDGE_VECTORS)
    typedef uint8_t Bytes __attribute__((vector_size(kVectorBytes / 2)));
    return __builtin_convertvector(load<Bytes>(from), U16);
#else
    U16 v;
    for (size_t i = 0; i < kLanes<U16>; ++i) v[i] = from[i];
    return v;
#endif
}

SURFEDGE_INLINE U16 load_u16_part(const uint8_t* from, size_t count) {
    uint8_t bytes[kLanes<U16>] = {};
    std::memcpy(bytes, from, count);
    return load_u16(bytes);
}

template <class T>
SURFEDGE_INLINE F32 load_f32_part(const T* from, size_t count) {
    T pixels[kLanes<F32>] = {};
    std::memcpy(pixels, from, count * sizeof(T));
    return load_f32(pixels);
}

}  // namespace surfedge::SURFEDGE_LEVEL
