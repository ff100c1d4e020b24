#pragma once
// 64 mask bytes as 64 bits and back.

#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Bit i is set where from[i] != 0, for 64 bytes.
SURFEDGE_INLINE uint64_t bits_of_64(const uint8_t* from) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    const __m512i bytes = _mm512_loadu_si512(from);
    return _mm512_test_epi8_mask(bytes, bytes);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    const __m256i zero = _mm256_setzero_si256();
    const __m256i a = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i*)from), zero);
    const __m256i b = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i*)(from + 32)), zero);
    const uint32_t low = static_cast<uint32_t>(_mm256_movemask_epi8(a));
    const uint32_t high = static_cast<uint32_t>(_mm256_movemask_epi8(b));
    return ~((static_cast<uint64_t>(high) << 32) | low);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    const __m128i zero = _mm_setzero_si128();
    uint64_t clear = 0;
    for (int i = 3; i >= 0; --i) {
        const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i*)(from + 16 * i)), zero);
        clear = (clear << 16) | static_cast<uint32_t>(_mm_movemask_epi8(equal));
    }
    return ~clear;
#else
    uint64_t bits = 0;
    for (int i = 7; i >= 0; --i) {
        uint64_t bytes = 0;
        for (int j = 0; j < 8; ++j) bytes |= static_cast<uint64_t>(from[8 * i + j] != 0) << (8 * j);
        // Each byte's lowest bit moves to its own place in the topmost byte.
        bits = (bits << 8) | ((bytes * 0x0102040810204080u) >> 56);
    }
    return bits;
#endif
}

// The first `count` < 64 bytes; the other bits are 0.
SURFEDGE_INLINE uint64_t bits_of_part(const uint8_t* from, size_t count) {
    uint8_t bytes[64] = {};
    std::memcpy(bytes, from, count);
    return bits_of_64(bytes);
}

// to[i] = bit i as 0 or 1, for 64 bytes.
SURFEDGE_INLINE void bytes_of_64(uint64_t bits, uint8_t* to) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    _mm512_storeu_si512(to, _mm512_maskz_set1_epi8(bits, 1));
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    const __m256i copy = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bit = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201u));
    const __m256i one = _mm256_set1_epi8(1);
    for (int i = 0; i < 2; ++i, bits >>= 32) {
        const __m256i four = _mm256_set1_epi32(static_cast<int>(static_cast<uint32_t>(bits)));
        const __m256i own = _mm256_and_si256(_mm256_shuffle_epi8(four, copy), bit);
        _mm256_storeu_si256((__m256i*)(to + 32 * i), _mm256_min_epu8(own, one));
    }
#else
    for (int i = 0; i < 8; ++i) {
        const uint64_t own = (((bits >> (8 * i)) & 0xFF) * 0x0101010101010101u) & 0x8040201008040201u;
        const uint64_t bytes = ((own + 0x7F7F7F7F7F7F7F7Fu) >> 7) & 0x0101010101010101u;  // no byte carries
        for (int j = 0; j < 8; ++j) to[8 * i + j] = static_cast<uint8_t>(bytes >> (8 * j));
    }
#endif
}

SURFEDGE_INLINE void bytes_of_part(uint64_t bits, uint8_t* to, size_t count) {
    uint8_t bytes[64];
    bytes_of_64(bits, bytes);
    std::memcpy(to, bytes, count);
}

// Position of the lowest set bit; bits != 0.
SURFEDGE_INLINE int lowest_bit(uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(bits);
#else
    int position = 0;
    while (!(bits & 1)) bits >>= 1, ++position;
    return position;
#endif
}

SURFEDGE_INLINE int count_bits(uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_popcountll(bits);
#else
    int count = 0;
    for (; bits; bits &= bits - 1) ++count;
    return count;
#endif
}

}  // namespace surfedge::SURFEDGE_LEVEL
