// Grey values: the chain of disk_chords.hpp on strips of columns. A strip keeps the 2 r + 1 rows around the
// one it works on in a ring that stays in the first-level cache, with the values outside the image already in
// place.

#include "kernels/morphology.hpp"

#include <algorithm>
#include <limits>

#include "kernels/disk_chords.hpp"
#include "kernels/parallel.hpp"
#include "kernels/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

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
size_t taps_for(size_t widen, Taps* taps) {
    size_t count = 0;
    for (size_t c = 0; c < widen;) {
        const size_t tap = std::min(2 * c + 1, widen - c);
        taps[count++] = {tap, tap > c};
        c += tap;
    }
    return count;
}

constexpr size_t kUnroll = 4, kMaxTaps = 16, kRingBytes = 32768;

// to[i] = extremum over the taps of from[i] and of the rows at i; i < count rounded up to whole vectors.
template <class Op, size_t Vectors>
void pass_at(const typename Op::Lane* from, Taps taps, const typename Op::Lane* const* rows, size_t row_count,
             typename Op::Lane* to, size_t i) {
    using V = typename Op::V;
    V v[Vectors];
    for (size_t u = 0; u < Vectors; ++u) {
        const auto* at = from + i + u * kLanes<V>;
        v[u] = Op::of(load<V>(at - taps.tap), load<V>(at + taps.tap));
        if (taps.three) v[u] = Op::of(v[u], load<V>(at));
    }
    for (size_t r = 0; r < row_count; ++r) {
        for (size_t u = 0; u < Vectors; ++u) v[u] = Op::of(v[u], load<V>(rows[r] + i + u * kLanes<V>));
    }
    for (size_t u = 0; u < Vectors; ++u) store(to + i + u * kLanes<V>, v[u]);
}

template <class Op>
void pass(const typename Op::Lane* from, Taps taps, const typename Op::Lane* const* rows, size_t row_count,
          typename Op::Lane* to, size_t count) {
    constexpr size_t kStep = kLanes<typename Op::V>;
    size_t i = 0;
    for (; i + (kUnroll - 1) * kStep < count; i += kUnroll * kStep)
        pass_at<Op, kUnroll>(from, taps, rows, row_count, to, i);
    for (; i < count; i += kStep) pass_at<Op, 1>(from, taps, rows, row_count, to, i);
}

// One strip of columns. Rows are kept with `radius` columns more on each side.
template <class Op>
class Strip {
    using T = typename Op::Lane;
    using V = typename Op::V;

  public:
    Strip(const T* image, size_t height, size_t width, size_t radius, const std::vector<DiskStep>& steps,
          size_t x, size_t columns)
        : image_(image),
          height_(height),
          width_(width),
          radius_(radius),
          steps_(steps),
          x_(x),
          columns_(columns),
          pitch_((columns + 2 * radius) / kLanes<V> * kLanes<V> + 2 * kLanes<V>) {
        const size_t rows = 2 * radius + 4;  // the ring, a row outside the image, two to work in
        ring_ = scratch<T>(2, rows * pitch_);
        std::fill(ring_, ring_ + rows * pitch_, Op::identity());
        gathered_ = scratch<const T*>(3, 2 * radius);
    }

    // Writes rows [y0, y1) of the strip.
    void run(T* out, size_t y0, size_t y1) {
        for (size_t y = y0 - std::min(y0, radius_); y < std::min(height_, y0 + radius_); ++y) fetch(y);
        for (size_t y = y0; y < y1; ++y) {
            if (y + radius_ < height_) fetch(y + radius_);
            std::memcpy(out + y * width_ + x_, reduce(y), columns_ * sizeof(T));
        }
    }

  private:
    // Each starts at column x_ - radius_.
    T* ring_row(size_t y) const { return ring_ + y % (2 * radius_ + 1) * pitch_; }
    T* outside() const { return ring_ + (2 * radius_ + 1) * pitch_; }
    T* working(size_t which) const { return ring_ + (2 * radius_ + 2 + which) * pitch_; }

    void fetch(size_t y) {
        const size_t left = std::min(x_, radius_), right = std::min(width_, x_ + columns_ + radius_);
        const T* from = image_ + y * width_ + x_ - left;
        T* to = ring_row(y) + radius_ - left;
        const size_t count = right + left - x_;
        if constexpr (std::is_floating_point_v<T>) {
            size_t i = 0;
            for (; i + kLanes<V> <= count; i += kLanes<V>) {
                const V v = load<V>(from + i);
                store(to + i, select(v == v, v, splat<V>(Op::identity())));
            }
            for (; i < count; ++i) to[i] = from[i] == from[i] ? from[i] : Op::identity();
        } else {
            std::memcpy(to, from, count * sizeof(T));
        }
    }

    // The rows that a step takes in around row y, from `skip` on.
    size_t gather(size_t y, const DiskStep& step, size_t skip) {
        size_t count = 0;
        for (size_t dy = step.first; dy <= step.last; ++dy) {
            gathered_[count++] = (y >= dy ? ring_row(y - dy) : outside()) + skip;
            gathered_[count++] = (y + dy < height_ ? ring_row(y + dy) : outside()) + skip;
        }
        return count;
    }

    // The finished columns_ values of row y. Each pass needs fewer columns at both sides.
    const T* reduce(size_t y) {
        const T* from = ring_row(y);
        size_t skip = 0, turn = 0;
        for (const DiskStep& step : steps_) {
            const size_t rows = gather(y, step, skip + step.widen);
            Taps taps[kMaxTaps];
            const size_t count = taps_for(step.widen, taps);
            for (size_t i = 0; i < count; ++i, turn ^= 1) {
                skip += taps[i].tap;
                T* to = working(turn);
                pass<Op>(from + skip, taps[i], gathered_, i + 1 == count ? rows : 0, to + skip,
                         columns_ + 2 * (radius_ - skip));
                from = to;
            }
        }
        return from + radius_;
    }

    const T* image_;
    size_t height_, width_, radius_;
    const std::vector<DiskStep>& steps_;
    size_t x_, columns_, pitch_;
    T* ring_;
    const T** gathered_;
};

// Widths that keep the ring in the first-level cache, but not so narrow that the 2 r columns more count.
size_t strip_columns(size_t width, size_t radius, size_t value_bytes) {
    const size_t fitting = kRingBytes / (value_bytes * (2 * radius + 4));
    const size_t wanted = std::max(fitting, std::max(8 * radius, 512 / value_bytes)) - 2 * radius;
    const size_t strips = (width + wanted - 1) / wanted;
    return std::min(width, ((width + strips - 1) / strips + 63) / 64 * 64);
}

template <class Op, class T>
void reduce_disk(const T* image, T* out, size_t height, size_t width, size_t radius) {
    const std::vector<DiskStep> steps = disk_steps(radius);
    const size_t columns = strip_columns(width, radius, sizeof(T)), strips = (width + columns - 1) / columns;
    const size_t band = std::max<size_t>(128, 8 * radius), bands = (height + band - 1) / band;
    parallel_for(strips * bands, [&](size_t piece) {
        const size_t x = piece % strips * columns, y = piece / strips * band;
        Strip<Op>(image, height, width, radius, steps, x, std::min(columns, width - x))
            .run(out, y, std::min(height, y + band));
    });
}

template <class T>
void morphology(Morphology what, const T* image, T* out, size_t height, size_t width, size_t radius) {
    if (height == 0 || width == 0) return;
    if (radius == 0) {
        std::memcpy(out, image, height * width * sizeof(T));
    } else if (what == Morphology::erode) {
        reduce_disk<Erosion<T>>(image, out, height, width, radius);
    } else if (what == Morphology::dilate) {
        reduce_disk<Dilation<T>>(image, out, height, width, radius);
    } else {
        T* eroded = scratch<T>(0, height * width);
        reduce_disk<Erosion<T>>(image, eroded, height, width, radius);
        reduce_disk<Dilation<T>>(eroded, out, height, width, radius);
    }
}

}  // namespace

void morphology_grey(Morphology what, const uint8_t* image, uint8_t* out, size_t height, size_t width,
                     size_t radius) {
    morphology(what, image, out, height, width, radius);
}

void morphology_grey(Morphology what, const float* image, float* out, size_t height, size_t width,
                     size_t radius) {
    morphology(what, image, out, height, width, radius);
}

}  // namespace surfedge::SURFEDGE_LEVEL
