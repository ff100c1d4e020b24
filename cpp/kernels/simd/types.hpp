#pragma once
// The vector types of the level.

#include <cstddef>
#include <cstdint>

#include "kernels/simd/level.hpp"

#if !defined(SURFEDGE_VECTORS)
#include "kernels/simd/plain.hpp"
#endif

namespace surfedge::SURFEDGE_LEVEL {

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

}  // namespace surfedge::SURFEDGE_LEVEL
