#pragma once
// Natural logarithm of a vector of floats, to two units in the last place.

#include <limits>

#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// log(x) of positive normal numbers; +Inf stays, NaN, zero, subnormal and negative numbers give NaN. x = m
// 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh t with t = (m - 1) / (m + 1), |t| < 0.172: five terms
// of the series.
SURFEDGE_INLINE F32 logarithm(F32 x) {
    const F32 normal = max(x, splat<F32>(std::numeric_limits<float>::min()));  // NaN too: chosen below
    const I32 bits = load<I32>(&normal), half_root = splat<I32>(0x3f3504f3);
    const I32 exponent = (bits - half_root) >> 23;
    const I32 mantissa = bits - (exponent << 23);
    const F32 m = load<F32>(&mantissa), e = as_floats(exponent);
    const F32 t = (m - 1.0f) / (m + 1.0f), t2 = t * t;
    F32 series = fused(t2, splat<F32>(2.0f / 9), splat<F32>(2.0f / 7));
    series = fused(t2, series, splat<F32>(2.0f / 5));
    series = fused(t2, series, splat<F32>(2.0f / 3));
    const F32 small =
        fused(t * t2, series, e * 1.42860677e-06f);  // log 2 in two parts, the larger exact times e
    const F32 value = fused(e, splat<F32>(0.693145752f), fused(t, splat<F32>(2.0f), small));
    const F32 infinite = splat<F32>(std::numeric_limits<float>::infinity());
    const F32 others = select(x == infinite, x, splat<F32>(std::numeric_limits<float>::quiet_NaN()));
    return select((x >= std::numeric_limits<float>::min()) & (x < infinite), value, others);
}

}  // namespace surfedge::SURFEDGE_LEVEL
