#pragma once
// Loads and stores; no alignment is needed but where said.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/simd/types.hpp"

namespace surfedge::SURFEDGE_LEVEL {

template <class V>
SURFEDGE_INLINE V load(const void* from) {
    V v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

template <class V>
SURFEDGE_INLINE void store(void* to, V v) {
    std::memcpy(to, &v, sizeof v);
}

// Asks for the memory at an address that need not exist.
SURFEDGE_INLINE void prefetch(const void* at) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at);
#else
    (void)at;
#endif
}

// The same for memory that is needed a while later: the first-level cache is left alone.
SURFEDGE_INLINE void prefetch_later(const void* at) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at, 0, 2);
#else
    (void)at;
#endif
}

// The first `count` lanes; the others are zero when loading, untouched when storing. count < kLanes<V>.
template <class V, class T>
SURFEDGE_INLINE V load_part(const T* from, size_t count) {
    V v{};
    std::memcpy(&v, from, count * sizeof(T));
    return v;
}

template <class V, class T>
SURFEDGE_INLINE void store_part(T* to, V v, size_t count) {
    std::memcpy(to, &v, count * sizeof(T));
}

// Outputs of this size do not stay in a cache: writing past it saves reading them first.
constexpr size_t kPastCacheBytes = size_t{8} << 20;

// memcpy, by request past the cache; finish_past_cache() before another thread may read.
SURFEDGE_INLINE void copy_line(void* to, const void* from, size_t bytes, bool past_cache) {
#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    char* out = static_cast<char*>(to);
    const char* in = static_cast<const char*>(from);
    const size_t head = -reinterpret_cast<uintptr_t>(out) % 64;
    if (past_cache && bytes >= head + 64) {
        std::memcpy(out, in, head);
        size_t i = head;
        for (; i + 64 <= bytes; i += 64) {
            for (size_t j = 0; j < 64; j += 16)
                _mm_stream_si128((__m128i*)(out + i + j), _mm_loadu_si128((const __m128i*)(in + i + j)));
        }
        std::memcpy(out + i, in + i, bytes - i);
        return;
    }
#endif
    (void)past_cache;
    std::memcpy(to, from, bytes);
}

// One vector, `to` aligned to its size: several of them one after the other should fill a cache line.
SURFEDGE_INLINE void store_past_cache(float* to, F32 v) {
#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
    _mm512_stream_ps(to, (__m512)v);
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
    _mm256_stream_ps(to, (__m256)v);
#elif defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    _mm_stream_ps(to, (__m128)v);
#else
    store(to, v);
#endif
}

SURFEDGE_INLINE void finish_past_cache() {
#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    _mm_sfence();
#endif
}

}  // namespace surfedge::SURFEDGE_LEVEL
