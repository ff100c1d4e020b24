#pragma once
// Vectors as wide as the level's registers: 16 bytes (x86-64-v2, NEON), 32 (v3), 64 (v4). Private to kernels.
//
// F32, F64, U8 ... take + - * / & | ^ ~ << >> and comparisons lane by lane; a comparison gives the signed
// integer vector of the same lane size, all ones where true; select(mask, a, b) chooses lanes.
// They are the GCC and Clang vector extensions; other compilers (and SURFEDGE_PLAIN) get a struct of plain
// loops.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#if (defined(__GNUC__) || defined(__clang__)) && !defined(SURFEDGE_PLAIN)
#define SURFEDGE_VECTORS 1
#if defined(__SSE4_2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define SURFEDGE_INLINE __forceinline
#define SURFEDGE_INLINE_LAMBDA
#define SURFEDGE_RESTRICT __restrict
#else
#define SURFEDGE_INLINE inline __attribute__((always_inline))
#define SURFEDGE_INLINE_LAMBDA __attribute__((always_inline))  // behind the parameters
#define SURFEDGE_RESTRICT __restrict__
#endif

namespace surfedge::SURFEDGE_LEVEL {

#if defined(SURFEDGE_VECTORS) && defined(__AVX512BW__)
constexpr size_t kVectorBytes = 64;
#elif defined(SURFEDGE_VECTORS) && defined(__AVX2__)
constexpr size_t kVectorBytes = 32;
#else
constexpr size_t kVectorBytes = 16;
#endif

#if defined(SURFEDGE_VECTORS)
typedef float F32 __attribute__((vector_size(kVectorBytes)));
typedef double F64 __attribute__((vector_size(kVectorBytes)));
typedef uint8_t U8 __attribute__((vector_size(kVectorBytes)));
typedef int8_t I8 __attribute__((vector_size(kVectorBytes)));
typedef uint16_t U16 __attribute__((vector_size(kVectorBytes)));
typedef int16_t I16 __attribute__((vector_size(kVectorBytes)));
typedef uint32_t U32 __attribute__((vector_size(kVectorBytes)));
typedef int32_t I32 __attribute__((vector_size(kVectorBytes)));
typedef uint64_t U64 __attribute__((vector_size(kVectorBytes)));
typedef int64_t I64 __attribute__((vector_size(kVectorBytes)));
#else
template <size_t Bytes>
struct SignedOf;
template <>
struct SignedOf<1> {
    using type = int8_t;
};
template <>
struct SignedOf<2> {
    using type = int16_t;
};
template <>
struct SignedOf<4> {
    using type = int32_t;
};
template <>
struct SignedOf<8> {
    using type = int64_t;
};

template <class T>
struct Plain {
    static constexpr size_t kCount = kVectorBytes / sizeof(T);
    using Mask = Plain<typename SignedOf<sizeof(T)>::type>;
    T lane[kCount];
    T& operator[](size_t i) { return lane[i]; }
    T operator[](size_t i) const { return lane[i]; }
#define SURFEDGE_OPERATOR(op)                                                                   \
    friend Plain operator op(const Plain& a, const Plain& b) {                                  \
        Plain r;                                                                                \
        for (size_t i = 0; i < kCount; ++i) r.lane[i] = static_cast<T>(a.lane[i] op b.lane[i]); \
        return r;                                                                               \
    }                                                                                           \
    friend Plain operator op(const Plain& a, T b) {                                             \
        return a op all(b);                                                                     \
    }                                                                                           \
    friend Plain operator op(T a, const Plain& b) {                                             \
        return all(a) op b;                                                                     \
    }                                                                                           \
    Plain& operator op## = (const Plain& b) {                                                   \
        return *this = *this op b;                                                              \
    }                                                                                           \
    Plain& operator op## = (T b) {                                                              \
        return *this = *this op all(b);                                                         \
    }
    SURFEDGE_OPERATOR(+)
    SURFEDGE_OPERATOR(-)
    SURFEDGE_OPERATOR(*)
    SURFEDGE_OPERATOR(/)
    SURFEDGE_OPERATOR(&)
    SURFEDGE_OPERATOR(|)
    SURFEDGE_OPERATOR(^)
    SURFEDGE_OPERATOR(<<)
    SURFEDGE_OPERATOR(>>)
#undef SURFEDGE_OPERATOR
#define SURFEDGE_OPERATOR(op)                                                            \
    friend Mask operator op(const Plain& a, const Plain& b) {                            \
        Mask r;                                                                          \
        for (size_t i = 0; i < kCount; ++i) r.lane[i] = a.lane[i] op b.lane[i] ? -1 : 0; \
        return r;                                                                        \
    }                                                                                    \
    friend Mask operator op(const Plain& a, T b) {                                       \
        return a op all(b);                                                              \
    }
    SURFEDGE_OPERATOR(<)
    SURFEDGE_OPERATOR(>)
    SURFEDGE_OPERATOR(<=)
    SURFEDGE_OPERATOR(>=)
    SURFEDGE_OPERATOR(==)
    SURFEDGE_OPERATOR(!=)
#undef SURFEDGE_OPERATOR
    Plain operator~() const {
        Plain r;
        for (size_t i = 0; i < kCount; ++i) r.lane[i] = static_cast<T>(~lane[i]);
        return r;
    }
    Plain operator-() const {
        Plain r;
        for (size_t i = 0; i < kCount; ++i) r.lane[i] = static_cast<T>(-lane[i]);
        return r;
    }
    static Plain all(T value) {
        Plain r;
        for (size_t i = 0; i < kCount; ++i) r.lane[i] = value;
        return r;
    }
};
using F32 = Plain<float>;
using F64 = Plain<double>;
using U8 = Plain<uint8_t>;
using I8 = Plain<int8_t>;
using U16 = Plain<uint16_t>;
using I16 = Plain<int16_t>;
using U32 = Plain<uint32_t>;
using I32 = Plain<int32_t>;
using U64 = Plain<uint64_t>;
using I64 = Plain<int64_t>;
#endif

template <class V>
constexpr size_t kLanes = sizeof(V) / sizeof(V{}[0]);

// ---- memory: no alignment is needed anywhere ----------------------------------------------------------

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

template <class V, class T>
SURFEDGE_INLINE V splat(T value) {
#if defined(SURFEDGE_VECTORS)
    using Lane = std::remove_reference_t<decltype(V{}[0])>;
    return V{} + static_cast<Lane>(value);  // exact for every value but -0
#else
    return V::all(static_cast<decltype(V{}.lane[0] + V{}.lane[0])>(value));
#endif
}

// ---- lanes ---------------------------------------------------------------------------------------------

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

#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__) && !defined(__AVX512F__)
// The same tree in registers.
SURFEDGE_INLINE float sum_lanes(F32 v) {
#if defined(__AVX2__)
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
