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

// Along a run of pixels the place changes evenly: start + i slope, start brought near 0 so that a float is
// exact enough.
struct Run {
    float start, slope;
    Run(double from, double by, double length, double period, double per_period) {
        start =
            static_cast<float>(from - std::floor(std::min(from, from + by * length) * per_period) * period);
        slope = static_cast<float>(by);
    }
};

// Places along a run within [0, period], and their whole and fractional parts.
struct Places {
    F32 whole, part;
    SURFEDGE_INLINE Places(Run run, F32 i, float period) {
        const F32 at = fused(i, splat<F32>(run.slope), splat<F32>(run.start)), zero{};
        const F32 turns = floor_of(at * (1.0f / period));
        const F32 within = min(max(at - turns * period, zero), splat<F32>(period));
        whole = floor_of(within);
        part = within - whole;
    }
    // Of numbers from 0 to 2^30; anything else becomes one of them.
    static SURFEDGE_INLINE F32 floor_of(F32 v) {
        const F32 bounded = min(max(v, F32{}), splat<F32>(1073741824.0f));
        return as_floats(whole_parts(bounded));
    }
};

// What is to be looked up for each pixel of a row; the arrays have room for a vector more.
struct Lookup {
    int32_t *place, *nearest;  // which of the four samples around a place is the nearest, 0 to 3
    float *across, *along;     // how far behind the place's sample

    // Pixels from `first` on, `length` of them and up to the end of a vector.
    void fill(size_t first, size_t length, Run u, Run v, CellSize cell) const {
        const float columns = static_cast<float>(cell.columns), rows = static_cast<float>(cell.rows);
        float lane[kLanes<F32>];
        for (size_t i = 0; i < kLanes<F32>; ++i) lane[i] = static_cast<float>(i);
        const F32 lanes = load<F32>(lane), pitch = splat<F32>(columns + 1);
        for (size_t i = 0; i < length; i += kLanes<F32>) {
            const F32 at = lanes + static_cast<float>(i);
            const Places x(u, at, columns), y(v, at, rows);
            store(place + first + i, whole_parts(fused(y.whole, pitch, x.whole)));
            const I32 right = (x.part >= 0.5f) & 1, below = (y.part >= 0.5f) & 2;
            store(nearest + first + i, right | below);
            store(across + first + i, x.part), store(along + first + i, y.part);
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

// Fills `look` for the sampled pixels of row y; shifts: room for 2 x places.columns.
inline void look_up_row(size_t y, size_t width, Sampling sampling, const CellPlaces& places, CellSize cell,
                        float* shifts, const Lookup& look) {
    const size_t step = places.step_px;
    const double by_step = 1.0 / static_cast<double>(step), every = static_cast<double>(sampling.every);
    const double row_place = (static_cast<double>(y) + 0.5) * by_step + 0.5;
    const size_t row = std::min(static_cast<size_t>(row_place), places.rows - 2);
    const float down = static_cast<float>(row_place - static_cast<double>(row));
    const float* upper = places.shifts + 2 * row * places.columns;
    for (size_t i = 0; i < 2 * places.columns; ++i)
        shifts[i] = upper[i] + (upper[i + 2 * places.columns] - upper[i]) * down;
    // By column of the grid: one axis of the cell, the shift's and its change to the next column.
    struct Axis {
        const double* plane;
        size_t at;
        double period, per_period, row;
    };
    const auto axis = [&](const double* plane, size_t at, size_t period) {
        const double size = static_cast<double>(period);
        return Axis{plane, at, size, 1.0 / size, plane[1] * static_cast<double>(y) + plane[2]};
    };
    const Axis u = axis(places.across, 0, cell.columns), v = axis(places.along, 1, cell.rows);
    size_t begin = 0;
    for (size_t point = 0; point + 1 < places.columns; ++point) {
        const size_t end = sampling.count(std::min(width, first_pixel(point + 1, step)));
        if (begin >= end) continue;
        const double x = static_cast<double>(sampling.position(begin)),
                     length = static_cast<double>(end - begin);
        const double within = (x + 0.5) * by_step + 0.5 - static_cast<double>(point);
        const auto run = [&](const Axis& a) {
            const double shift = static_cast<double>(shifts[2 * point + a.at]);
            const double change = static_cast<double>(shifts[2 * point + 2 + a.at]) - shift;
            const double from = a.plane[0] * x + a.row - shift - change * within;
            return Run(from, (a.plane[0] - change * by_step) * every, length, a.period, a.per_period);
        };
        look.fill(begin, end - begin, run(u), run(v), cell);
        begin = end;
    }
}

}  // namespace surfedge::SURFEDGE_LEVEL
