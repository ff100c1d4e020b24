#pragma once
// The chain of chords.hpp over rows of grey values.

#include <algorithm>
#include <limits>

#include "kernels/morphology/chords.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Opening needs the rows of both at once.
enum class DiskSlot { erosion_rows, erosion_gathered, dilation_rows, dilation_gathered, end };

template <class T>
struct VectorOf;
template <>
struct VectorOf<uint8_t> {
    using type = U8;
};
template <>
struct VectorOf<float> {
    using type = F32;
};

template <class T>
struct Erosion {
    using Lane = T;
    using V = typename VectorOf<T>::type;
    static constexpr DiskSlot kRows = DiskSlot::erosion_rows, kGathered = DiskSlot::erosion_gathered;
    static constexpr bool kHasInfinity = std::numeric_limits<T>::has_infinity;
    static constexpr T identity() {
        return kHasInfinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
    }
    static V of(V a, V b) { return min(a, b); }
};

template <class T>
struct Dilation {
    using Lane = T;
    using V = typename VectorOf<T>::type;
    static constexpr DiskSlot kRows = DiskSlot::dilation_rows, kGathered = DiskSlot::dilation_gathered;
    static constexpr bool kHasInfinity = std::numeric_limits<T>::has_infinity;
    static constexpr T identity() { return kHasInfinity ? -std::numeric_limits<T>::infinity() : T(0); }
    static V of(V a, V b) { return max(a, b); }
};

// Minimum over x - tap, x + tap and, for `three`, x itself.
struct Taps {
    size_t tap;
    bool three;
};

// Taps that widen by `widen`: a window of half width c meets itself again after a move by at most 2 c + 1.
inline size_t taps_for(size_t widen, Taps* taps) {
    size_t count = 0;
    for (size_t c = 0; c < widen;) {
        const size_t tap = std::min(2 * c + 1, widen - c);
        taps[count++] = {tap, tap > c};
        c += tap;
    }
    return count;
}

constexpr size_t kUnroll = 4, kMaxTaps = 16, kAnyRows = 5;

// Extremum over from[i - tap], from[i + tap], from[i] where Three, and the rows at i, for whole vectors from
// `begin` on until `end` is reached; rows are kept with room for that. Rows is their number, kAnyRows where
// it is large.
template <class Op, bool Three, size_t Rows, size_t Vectors>
SURFEDGE_INLINE void pass_at(const typename Op::Lane* from, size_t tap, const typename Op::Lane* const* rows,
                             size_t row_count, typename Op::Lane* to, size_t i) {
    using V = typename Op::V;
    V v[Vectors];
    for (size_t u = 0; u < Vectors; ++u) {
        const auto* at = from + i + u * kLanes<V>;
        v[u] = Op::of(load<V>(at - tap), load<V>(at + tap));
        if (Three) v[u] = Op::of(v[u], load<V>(at));
    }
    for (size_t r = 0; r < (Rows == kAnyRows ? row_count : Rows); ++r) {
        for (size_t u = 0; u < Vectors; ++u) v[u] = Op::of(v[u], load<V>(rows[r] + i + u * kLanes<V>));
    }
    for (size_t u = 0; u < Vectors; ++u) store(to + i + u * kLanes<V>, v[u]);
}

template <class Op, bool Three, size_t Rows>
void pass(const typename Op::Lane* from, size_t tap, const typename Op::Lane* const* rows, size_t row_count,
          typename Op::Lane* to, size_t begin, size_t end) {
    constexpr size_t kStep = kLanes<typename Op::V>;
    const typename Op::Lane* few[kAnyRows] = {};  // known not to change while `to` is written
    for (size_t r = 0; Rows < kAnyRows && r < Rows; ++r) few[r] = rows[r];
    const typename Op::Lane* const* taken = Rows < kAnyRows ? few : rows;
    size_t i = begin / kStep * kStep;
    for (; i + (kUnroll - 1) * kStep < end; i += kUnroll * kStep)
        pass_at<Op, Three, Rows, kUnroll>(from, tap, taken, row_count, to, i);
    for (; i < end; i += kStep) pass_at<Op, Three, Rows, 1>(from, tap, taken, row_count, to, i);
}

template <class Op, bool Three>
void pass(const typename Op::Lane* from, size_t tap, const typename Op::Lane* const* rows, size_t row_count,
          typename Op::Lane* to, size_t begin, size_t end) {
    if (row_count == 0) return pass<Op, Three, 0>(from, tap, rows, row_count, to, begin, end);
    if (row_count == 2) return pass<Op, Three, 2>(from, tap, rows, row_count, to, begin, end);
    if (row_count == 4) return pass<Op, Three, 4>(from, tap, rows, row_count, to, begin, end);
    pass<Op, Three, kAnyRows>(from, tap, rows, row_count, to, begin, end);
}

// What a strip's columns are made from: those of the image that lie at most `radius` away.
struct Columns {
    size_t begin, end;
    size_t count() const { return end - begin; }
    Columns grown(size_t radius, size_t width) const {
        return {begin - std::min(begin, radius), std::min(width, end + radius)};
    }
};

// The rows around the one that is worked on, for one strip of columns, and the chain over them. A thread has
// one of each Op at a time.
template <class Op>
class DiskRows {
    using T = typename Op::Lane;
    using V = typename Op::V;

  public:
    DiskRows(Columns columns, size_t height, size_t width, size_t radius, const DiskSteps& steps)
        : sources_(columns.grown(radius, width)),
          columns_(columns),
          height_(height),
          radius_(radius),
          steps_(steps),
          pitch_((columns.count() + 2 * radius) / kLanes<V> * kLanes<V> + 3 * kLanes<V>) {
        const size_t rows = 2 * radius + 4;  // the ring, a row outside the image, two to work in
        ring_ = scratch<T>(Op::kRows, rows * pitch_);
        std::fill(ring_, ring_ + rows * pitch_, Op::identity());
        gathered_ = scratch<const T*>(Op::kGathered, 2 * radius);
    }

    Columns sources() const { return sources_; }

    // Where the source columns of row y belong. What was kept of row y - 2 radius - 1 is gone then.
    T* place(size_t y) { return ring_row(y) + radius_ - (columns_.begin - sources_.begin); }

    // The finished columns of row y; rows y - radius ... y + radius must be in place. Valid until the next
    // call. Each pass needs fewer columns at both sides.
    const T* reduce(size_t y) {
        const T* from = ring_row(y);
        const size_t all = columns_.count() + 2 * radius_;
        size_t skip = 0, turn = 0;
        for (const DiskStep& step : steps_) {
            const size_t rows = gather(y, step);
            Taps taps[kMaxTaps];
            const size_t count = taps_for(step.widen, taps);
            for (size_t i = 0; i < count; ++i, turn ^= 1) {
                skip += taps[i].tap;
                T* to = kept_row(2 * radius_ + 2 + turn);
                const auto run = taps[i].three ? &pass<Op, true> : &pass<Op, false>;
                run(from, taps[i].tap, gathered_, i + 1 == count ? rows : 0, to, skip, all - skip);
                from = to;
            }
        }
        return from + radius_;
    }

  private:
    // Each starts at column columns_.begin - radius_.
    T* kept_row(size_t i) const { return ring_ + i * pitch_ + kLanes<V>; }
    T* ring_row(size_t y) const { return kept_row(y % (2 * radius_ + 1)); }
    T* outside() const { return kept_row(2 * radius_ + 1); }

    // The rows that a step takes in around row y.
    size_t gather(size_t y, const DiskStep& step) {
        size_t count = 0;
        for (size_t dy = step.first; dy <= step.last; ++dy) {
            gathered_[count++] = y >= dy ? ring_row(y - dy) : outside();
            gathered_[count++] = y + dy < height_ ? ring_row(y + dy) : outside();
        }
        return count;
    }

    Columns sources_, columns_;
    size_t height_, radius_;
    const DiskSteps& steps_;
    size_t pitch_;
    T* ring_;
    const T** gathered_;
};

}  // namespace surfedge::SURFEDGE_LEVEL
