// Grey values, in strips of columns. A strip keeps the 2 r + 1 rows around the one it works on in a ring in
// the second-level cache, with the values outside the image already in place. Opening hands each eroded row
// on to dilation at once.

#include "kernels/morphology/morphology.hpp"
#include "kernels/morphology/rows.hpp"
#include "kernels/support/parallel.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRingBytes = 131072;

// NaN becomes a value that does not take part.
template <class Op>
void copy_row(const typename Op::Lane* from, size_t count, typename Op::Lane* to) {
    using V = typename Op::V;
    if constexpr (std::is_floating_point_v<typename Op::Lane>) {
        size_t i = 0;
        for (; i + kLanes<V> <= count; i += kLanes<V>) {
            const V v = load<V>(from + i);
            store(to + i, select(v == v, v, splat<V>(Op::identity())));
        }
        for (; i < count; ++i) to[i] = from[i] == from[i] ? from[i] : Op::identity();
    } else {
        std::memcpy(to, from, count);
    }
}

template <class T>
struct Frame {
    const T* image;
    T* out;
    size_t height, width, radius;
};

// Rows y0 ... y1 of some columns, from rows of the image: erosion or dilation.
template <class Op, class T>
void reduce_piece(const Frame<T>& frame, const DiskSteps& steps, Columns columns, size_t y0, size_t y1) {
    DiskRows<Op> rows(columns, frame.height, frame.width, frame.radius, steps);
    const Columns sources = rows.sources();
    size_t next = y0 - std::min(y0, frame.radius);
    for (size_t y = y0; y < y1; ++y) {
        for (; next < std::min(frame.height, y + frame.radius + 1); ++next)
            copy_row<Op>(frame.image + next * frame.width + sources.begin, sources.count(), rows.place(next));
        std::memcpy(frame.out + y * frame.width + columns.begin, rows.reduce(y), columns.count() * sizeof(T));
    }
}

// Erosion, whose rows go on into dilation as they are finished.
template <class T>
void open_piece(const Frame<T>& frame, const DiskSteps& steps, Columns columns, size_t y0, size_t y1) {
    const size_t radius = frame.radius;
    DiskRows<Dilation<T>> dilation(columns, frame.height, frame.width, radius, steps);
    const Columns between = dilation.sources();
    DiskRows<Erosion<T>> erosion(between, frame.height, frame.width, radius, steps);
    const Columns sources = erosion.sources();
    size_t eroded = y0 - std::min(y0, radius), next = eroded - std::min(eroded, radius);
    for (size_t y = y0; y < y1; ++y) {
        for (; eroded < std::min(frame.height, y + radius + 1); ++eroded) {
            for (; next < std::min(frame.height, eroded + radius + 1); ++next)
                copy_row<Erosion<T>>(frame.image + next * frame.width + sources.begin, sources.count(),
                                     erosion.place(next));
            std::memcpy(dilation.place(eroded), erosion.reduce(eroded), between.count() * sizeof(T));
        }
        std::memcpy(frame.out + y * frame.width + columns.begin, dilation.reduce(y),
                    columns.count() * sizeof(T));
    }
}

// Strips of columns whose rows stay in the second-level cache, but not so narrow that the columns at their
// sides, made twice, count for much.
size_t strip_columns(size_t width, size_t radius, size_t value_bytes) {
    const size_t fitting = kRingBytes / (value_bytes * (2 * radius + 4));
    const size_t wanted = std::max(fitting, std::max(10 * radius, 512 / value_bytes)) - 2 * radius;
    const size_t strips = (width + wanted - 1) / wanted;
    return std::min(width, ((width + strips - 1) / strips + 15) / 16 * 16);
}

template <class T>
void morphology(Morphology what, const Frame<T>& frame) {
    const size_t height = frame.height, width = frame.width, radius = frame.radius;
    if (height == 0 || width == 0) return;
    if (radius == 0) {
        std::memcpy(frame.out, frame.image, height * width * sizeof(T));
        return;
    }
    const DiskSteps steps(radius);
    const size_t step = strip_columns(width, radius, sizeof(T)), strips = (width + step - 1) / step;
    const size_t band = std::max<size_t>(256, 32 * radius), bands = (height + band - 1) / band;
    parallel_for(strips * bands, [&](size_t piece) {
        const size_t x = piece % strips * step, y = piece / strips * band;
        const Columns columns{x, std::min(width, x + step)};
        const size_t end = std::min(height, y + band);
        if (what == Morphology::erode)
            reduce_piece<Erosion<T>>(frame, steps, columns, y, end);
        else if (what == Morphology::dilate)
            reduce_piece<Dilation<T>>(frame, steps, columns, y, end);
        else
            open_piece(frame, steps, columns, y, end);
    });
}

}  // namespace

void morphology_grey(Morphology what, const uint8_t* image, uint8_t* out, size_t height, size_t width,
                     size_t radius) {
    morphology(what, Frame<uint8_t>{image, out, height, width, radius});
}

void morphology_grey(Morphology what, const float* image, float* out, size_t height, size_t width,
                     size_t radius) {
    morphology(what, Frame<float>{image, out, height, width, radius});
}

}  // namespace surfedge::SURFEDGE_LEVEL
