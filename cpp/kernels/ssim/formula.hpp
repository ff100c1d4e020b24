#pragma once
// S from four sums over a window.
//
// The sums are those of s = x + y, d = x - y, s^2 and d^2, for with their means u and variances v,
// 4 ux uy = us^2 - ud^2 and 2 (ux^2 + uy^2) = us^2 + ud^2, and alike for the variances. Equal windows have d
// = 0: both sides of the fraction are then the same number and S is exactly 1, in whatever order the sums
// were made and whichever operations were fused.

#include <cmath>

#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Sums over a window.
struct Quantities {
    F32 s, d, ss, dd;
};

// s and d as they are summed: of pixels times `scale`, less `shift`, which is what they typically are nearby.
// That keeps single precision accurate.
struct Units {
    float scale, shift_s, shift_d;
};

// Fraction and constants are those of the equation times 2 W^2, W the sum of a window's weights; the
// variances and C2 are also divided by the factor that makes variances sample variances.
struct Formula {
    F32 weight, shift_s, shift_d, c1, c2;

    // `pixels` of a window; `range`: of the pixels times the scale.
    Formula(double pixels, double total, double range, const Units& units)
        : weight(splat<F32>(total)),
          shift_s(splat<F32>(total * units.shift_s)),
          shift_d(splat<F32>(total * units.shift_d)),
          c1(splat<F32>(2 * std::pow(0.01 * range * total, 2))),
          c2(splat<F32>(2 * std::pow(0.03 * range * total, 2) * (pixels - 1) / pixels)) {}

    SURFEDGE_INLINE F32 operator()(const Quantities& sum) const {
        const F32 us = sum.s + shift_s, ud = sum.d + shift_d;
        const F32 vs = fused(-sum.s, sum.s, fused(sum.ss, weight, c2));
        const F32 vd = fused(-sum.d, sum.d, sum.dd * weight);
        const F32 mean = fused(us, us, c1), square = ud * ud;
        return (mean - square) * (vs - vd) / ((mean + square) * (vs + vd));
    }
};

}  // namespace surfedge::SURFEDGE_LEVEL
