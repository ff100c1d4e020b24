#pragma once
// Where the pixels of a row lie in the usual cell: between two points of the grid the place changes evenly.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/cell_deviations/cell_deviations.hpp"
#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

struct CellSize {
    size_t rows, columns;
    // Places with the first row and column once more behind the last, so that none needs to wrap.
    size_t places() const { return (rows + 1) * (columns + 1); }

    // Calls visit(place, around) with the numbers of the four samples around each place.
    template <class Visit>
    void each_place(Visit visit) const {
        for (size_t v = 0; v <= rows; ++v)
            for (size_t u = 0; u <= columns; ++u) {
                const size_t here = v % rows * columns, below = (v + 1) % rows * columns;
                const size_t at = u % columns, right = (u + 1) % columns;
                const size_t around[] = {here + at, here + right, below + at, below + right};
                visit(v * (columns + 1) + u, around);
            }
    }
};

// Along a run of pixels the place changes evenly, across and along the cell: start + i slope, start brought
// near 0 so that a float is exact enough.
struct Run {
    float start[2], slope[2];
};

// Whole and fractional parts of places brought within [0, period]; of anything else some place there.
struct Places {
    F32 whole, part;
    SURFEDGE_INLINE Places(F32 at, float period) {
        const F32 turns = rounded_down(at * (1.0f / period));
        const F32 within = min(max(at - turns * period, F32{}), splat<F32>(period));
        whole = rounded_down(within);
        part = within - whole;
    }
};

// What is to be looked up for each pixel of a row; the arrays have room for a vector more.
struct Lookup {
    int32_t *place, *nearest;  // which of the four samples around a place is the nearest, 0 to 3; or null
    float *across, *along;     // how far behind the place's sample

    // Places of `length` pixels from `first` on, and up to the end of a vector, as they are along a run.
    void lay(size_t first, size_t length, const Run& run) const {
        float lane[kLanes<F32>];
        for (size_t i = 0; i < kLanes<F32>; ++i) lane[i] = static_cast<float>(i);
        const F32 lanes = load<F32>(lane);
        for (size_t i = 0; i < length; i += kLanes<F32>) {
            const F32 at = lanes + static_cast<float>(i);
            store(across + first + i, fused(at, splat<F32>(run.slope[0]), splat<F32>(run.start[0])));
            store(along + first + i, fused(at, splat<F32>(run.slope[1]), splat<F32>(run.start[1])));
        }
    }

    // The places of `count` pixels that were laid, within the cell.
    void fold(size_t count, CellSize cell) const {
        const float columns = static_cast<float>(cell.columns), rows = static_cast<float>(cell.rows);
        const F32 pitch = splat<F32>(columns + 1);
        for (size_t i = 0; i < count; i += kLanes<F32>) {
            const Places x(load<F32>(across + i), columns), y(load<F32>(along + i), rows);
            store(place + i, whole_parts(fused(y.whole, pitch, x.whole)));
            store(across + i, x.part), store(along + i, y.part);
            if (nearest == nullptr) continue;
            const I32 right = (x.part >= 0.5f) & 1, below = (y.part >= 0.5f) & 2;
            store(nearest + i, right | below);
        }
    }
};

// Every so many pixels of a row or column, from the first on.
struct Sampling {
    size_t first, every;
    // How many there are before a position.
    size_t count(size_t before) const { return before > first ? (before - first + every - 1) / every : 0; }
    size_t position(size_t i) const { return first + i * every; }
};

// The first pixel at or behind a point of the grid.
inline size_t first_pixel(size_t point, size_t step) {
    return point == 0 ? 0 : ((2 * point - 1) * step) / 2;
}

// The last point at or before a pixel.
inline size_t point_before(size_t pixel, size_t step) {
    return ((2 * pixel + 1) / step + 1) / 2;
}

// Samples first ... end - 1 of a row.
struct Span {
    size_t first, end;
};

// Fills `look`, from its beginning on, for the sampled pixels of row y in the span, which has some; shifts:
// room for 2 x places.columns.
inline void look_up_row(size_t y, size_t width, Sampling sampling, Span span, const CellPlaces& places,
                        CellSize cell, float* shifts, const Lookup& look) {
    const size_t step = places.step_px;
    const double by_step = 1.0 / static_cast<double>(step), every = static_cast<double>(sampling.every);
    const double row_place = (static_cast<double>(y) + 0.5) * by_step + 0.5;
    const size_t row = std::min(static_cast<size_t>(row_place), places.rows - 2);
    const float down = static_cast<float>(row_place - static_cast<double>(row));
    const float* upper = places.shifts + 2 * row * places.columns;
    const size_t first_point = point_before(sampling.position(span.first), step);
    const size_t last_point = point_before(sampling.position(span.end - 1), step) + 1;
    for (size_t i = 2 * first_point; i < 2 * std::min(last_point + 1, places.columns); ++i)
        shifts[i] = upper[i] + (upper[i + 2 * places.columns] - upper[i]) * down;
    const double period[2] = {static_cast<double>(cell.columns), static_cast<double>(cell.rows)};
    const double per_period[2] = {1.0 / period[0], 1.0 / period[1]};
    const double by_x[2] = {places.across[0], places.along[0]};
    const double at_row[2] = {places.across[1] * static_cast<double>(y) + places.across[2],
                              places.along[1] * static_cast<double>(y) + places.along[2]};
    size_t begin = span.first;
    for (size_t point = first_point; begin < span.end && point + 1 < places.columns; ++point) {
        const size_t end = std::min(span.end, sampling.count(std::min(width, first_pixel(point + 1, step))));
        if (begin >= end) continue;
        const double x = static_cast<double>(sampling.position(begin)),
                     length = static_cast<double>(end - begin);
        const double within = (x + 0.5) * by_step + 0.5 - static_cast<double>(point);
        Run run;
        for (size_t a = 0; a < 2; ++a) {
            const double shift = static_cast<double>(shifts[2 * point + a]);
            const double change = static_cast<double>(shifts[2 * point + 2 + a]) - shift;
            const double from = by_x[a] * x + at_row[a] - shift - change * within;
            const double by = (by_x[a] - change * by_step) * every;
            const double turns = std::floor(std::min(from, from + by * length) * per_period[a]);
            run.start[a] = static_cast<float>(from - turns * period[a]),
            run.slope[a] = static_cast<float>(by);
        }
        look.lay(begin - span.first, end - begin, run);
        begin = end;
    }
    look.fold(span.end - span.first, cell);
}

}  // namespace surfedge::SURFEDGE_LEVEL
