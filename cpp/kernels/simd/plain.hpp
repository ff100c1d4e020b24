#pragma once
// Vectors of plain loops, where the compiler has none.

#include <cstddef>
#include <cstdint>

#include "kernels/simd/level.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// The signed integer of so many bytes.
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

}  // namespace surfedge::SURFEDGE_LEVEL
