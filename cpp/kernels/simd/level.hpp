#pragma once
// What the level's compiler offers, the width of a vector, how functions on them are declared.

#include <cstddef>

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

}  // namespace surfedge::SURFEDGE_LEVEL
