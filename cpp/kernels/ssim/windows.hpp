#pragma once
// Windows of 7 and 11 pixels: sums along a row and down the columns, all in registers.
// Nothing is ever subtracted from a sum: a NaN or a huge value stays in the windows that hold it.

#include <cmath>

#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kStep = kLanes<F32>;
constexpr size_t kStripColumns = 128;  // sums of so many columns stay in the nearest cache

// ---- windows ------------------------------------------------------------------------------------------

// Equal weights. Down the columns kRows = kSide + 1 windows are made at once, three additions each: a window
// is what is left of the first kSide rows and the beginning of the next. M. van Herk, "A fast algorithm for
// local minimum and maximum filters on rectangular and octagonal kernels", 1992, has the scheme for minima.
template <size_t kSide>
struct UniformWindow {
    static constexpr size_t kWidth = kSide, kRows = kSide + 1;
    static constexpr size_t kInputs = 2;  // s and d: their squares are made while adding

    double total() const { return static_cast<double>(kSide * kSide); }

    SURFEDGE_INLINE static void put(float* to, size_t pitch, F32 s, F32 d) {
        store(to, s), store(to + pitch, d);
    }

    // Sums along a row, one vector after the other, from those of neighbouring pairs.
    template <bool kSquared>
    class Pairs {
      public:
        SURFEDGE_INLINE void begin(const float* from) {
#pragma GCC unroll 3
            for (size_t i = 0; i < kNext; ++i)
                pairs_[i] = pair(load<F32>(from + i * kStep), load<F32>(from + i * kStep + 1));
        }
        // first, second: of the vector kNext on; last: kSide - 1 pixels on.
        SURFEDGE_INLINE F32 next(F32 first, F32 second, F32 last) {
            pairs_[kNext] = held(pair(first, second));
            F32 four = held(on<4>()), sum = pairs_[0] + between(pairs_[0], four);
            sum += four;
            if constexpr (kSide == 11) {
                const F32 eight = on<8>();
                sum += between(four, eight);
                sum += eight;
            }
#pragma GCC unroll 3
            for (size_t i = 0; i < kNext; ++i) pairs_[i] = pairs_[i + 1];
            return kSquared ? fused(last, last, sum) : sum + last;
        }
        static constexpr size_t kNext = (kSide - 3 + kStep - 1) / kStep;  // vectors beyond the first

      private:
        SURFEDGE_INLINE static F32 pair(F32 a, F32 b) { return kSquared ? fused(b, b, a * a) : a + b; }
        template <int kBy>
        SURFEDGE_INLINE F32 on() const {
            constexpr size_t kVector = kBy / kStep;
            if constexpr (kBy % kStep == 0) return pairs_[kVector];
            return lanes_on<kBy>(pairs_[kVector], pairs_[kVector + 1]);
        }
        F32 pairs_[kNext + 1];
    };

    // Sums along a row of inputs to four rows of sums; one(x) for each vector on the way.
    template <class One>
    SURFEDGE_INLINE void along(const float* from, size_t pitch, size_t columns, float* to, One one) const {
        Pairs<false> sums[2];
        Pairs<true> squares[2];
        for (size_t q = 0; q < 2; ++q) sums[q].begin(from + q * pitch), squares[q].begin(from + q * pitch);
        for (size_t x = 0; x < columns; x += kStep) {
            one(x);
#pragma GCC unroll 2
            for (size_t q = 0; q < 2; ++q) {
                const float *in = from + q * pitch + x, *on = in + sums[q].kNext * kStep;
                const F32 first = held(load<F32>(on)), second = held(load<F32>(on + 1)),
                          last = held(load<F32>(in + kSide - 1));
                store(to + q * kStripColumns + x, sums[q].next(first, second, last));
                store(to + (2 + q) * kStripColumns + x, squares[q].next(first, second, last));
            }
        }
    }

    // Sums of in(k) ... in(k + kSide - 1) to out(k, sum).
    template <class In, class Out>
    SURFEDGE_INLINE void down(In in, Out out) const {
        F32 left[kSide];
        left[kSide - 1] = in(kSide - 1);
#pragma GCC unroll 16
        for (size_t i = 1; i < kSide; ++i) left[kSide - 1 - i] = left[kSide - i] + in(kSide - 1 - i);
        out(0, left[0]);
        F32 right = in(kSide);
#pragma GCC unroll 16
        for (size_t i = 1; i < kSide; ++i) {
            out(i, left[i] + right);
            right = right + in(kSide + i);
        }
        out(kSide, right);
    }
};

// sigma = 1.5 px over 11 pixels; weights relative to the middle one's. Pixels at the same distance from the
// middle are added before they are weighted.
struct GaussianWindow {
    static constexpr size_t kWidth = 11, kRows = 4, kInputs = 4;
    F32 tap[6];
    double line = 0;

    GaussianWindow() {
        for (size_t i = 0; i <= 5; ++i) {
            const double relative = std::exp(-0.5 * static_cast<double>(i * i) / (1.5 * 1.5));
            line += i ? 2 * relative : relative;
            tap[i] = splat<F32>(relative);
        }
    }

    double total() const { return line * line; }

    SURFEDGE_INLINE static void put(float* to, size_t pitch, F32 s, F32 d) {
        store(to, s), store(to + pitch, d), store(to + 2 * pitch, s * s), store(to + 3 * pitch, d * d);
    }

    template <class One>
    SURFEDGE_INLINE void along(const float* from, size_t pitch, size_t columns, float* to, One one) const {
        const F32 t1 = tap[1], t2 = tap[2], t3 = tap[3], t4 = tap[4], t5 = tap[5];
        for (size_t x = 0; x < columns; x += kStep) {
            one(x);
#pragma GCC unroll 4
            for (size_t q = 0; q < 4; ++q) {
                const auto in = [=](size_t i) { return held(load<F32>(from + q * pitch + x + i)); };
                const F32 v0 = in(0), v4 = in(4), v8 = in(8), v6 = held(between(v4, v8));
                F32 sum = fused(v4 + v6, t1, load<F32>(from + q * pitch + x + 5));
                sum = fused(held(between(v0, v4)) + v8, t3, sum);
                sum = fused(v0 + between(v8, load<F32>(from + q * pitch + x + 12)), t5, sum);
                const F32 v1 = in(1), v5 = in(5), v9 = in(9);
                F32 more = (between(v1, v5) + between(v5, v9)) * t2;
                more = fused(v1 + v9, t4, more);
                store(to + q * kStripColumns + x, sum + more);
            }
        }
    }

    template <class In, class Out>
    SURFEDGE_INLINE void down(In in, Out out) const {
        F32 above[kRows], below[kRows], sum[kRows];
#pragma GCC unroll 4
        for (size_t k = 0; k < kRows; ++k)
            above[k] = held(in(k)), below[k] = held(in(k + 10)), sum[k] = in(k + 5);
#pragma GCC unroll 5
        for (size_t i = 5; i > 0; --i) {
#pragma GCC unroll 4
            for (size_t k = 0; k < kRows; ++k) sum[k] = fused(above[k] + below[k], tap[i], sum[k]);
            if (i == 1) break;
#pragma GCC unroll 4
            for (size_t k = 1; k < kRows; ++k)
                above[k - 1] = above[k], below[kRows - k] = below[kRows - k - 1];
            above[kRows - 1] = held(in(kRows + 5 - i)), below[0] = held(in(4 + i));
        }
#pragma GCC unroll 4
        for (size_t k = 0; k < kRows; ++k) out(k, sum[k]);
    }
};

}  // namespace surfedge::SURFEDGE_LEVEL
