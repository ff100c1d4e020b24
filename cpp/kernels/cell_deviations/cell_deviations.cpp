#include "kernels/cell_deviations/cell_deviations.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRows = 16;  // to a piece of work
constexpr size_t kTaps = 8;   // floats to a place: the four samples around, one over the spread of each

enum class Slot { taps, places, fractions, shifts, end };

// The cell with its first row and column once more behind the last, so that no place needs to wrap.
struct Samples {
    const float* taps;  // (rows + 1) x (columns + 1) x kTaps
    size_t rows, columns;
};

Samples samples_of(const UsualCell& cell) {
    const size_t pitch = cell.columns + 1;
    float* taps = scratch<float>(Slot::taps, kTaps * (cell.rows + 1) * pitch);
    for (size_t v = 0; v <= cell.rows; ++v)
        for (size_t u = 0; u <= cell.columns; ++u) {
            const size_t here = v % cell.rows * cell.columns, below = (v + 1) % cell.rows * cell.columns;
            const size_t at = u % cell.columns, right = (u + 1) % cell.columns;
            float* tap = taps + kTaps * (v * pitch + u);
            const size_t around[] = {here + at, here + right, below + at, below + right};
            for (size_t i = 0; i < 4; ++i)
                tap[i] = cell.median[around[i]], tap[4 + i] = cell.inverse_spread[around[i]];
        }
    return {taps, cell.rows, cell.columns};
}

// Along a run of pixels the place changes evenly: start + i slope, start brought near 0 so that a float is
// exact enough.
struct Run {
    float start, slope;
    Run(double from, double by, size_t length, size_t period) {
        const double size = static_cast<double>(period), end = from + by * static_cast<double>(length);
        start = static_cast<float>(from - std::floor(std::min(from, end) / size) * size);
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

// What is to be looked up for each pixel of a run.
struct Lookup {
    int32_t *place, *nearest;  // which of a place's taps holds the spread of the nearest sample
    float *across, *along;     // how far behind the place's sample
    explicit Lookup(size_t length)
        : place(scratch<int32_t>(Slot::places, 2 * length)),
          nearest(place + length),
          across(scratch<float>(Slot::fractions, 2 * length)),
          along(across + length) {}

    void fill(Run u, Run v, size_t length, const Samples& cell) const {
        const float columns = static_cast<float>(cell.columns), rows = static_cast<float>(cell.rows);
        float lane[kLanes<F32>];
        for (size_t i = 0; i < kLanes<F32>; ++i) lane[i] = static_cast<float>(i);
        const F32 lanes = load<F32>(lane), pitch = splat<F32>(columns + 1);
        for (size_t i = 0; i < length; i += kLanes<F32>) {
            const F32 at = lanes + static_cast<float>(i);
            const Places x(u, at, columns), y(v, at, rows);
            store(place + i, whole_parts(fused(y.whole, pitch, x.whole)));
            const I32 right = (x.part >= 0.5f) & 1, below = (y.part >= 0.5f) & 2;
            store(nearest + i, (right | below) + 4);
            store(across + i, x.part), store(along + i, y.part);
        }
    }
};

void compare_run(const float* image, const Samples& cell, Lookup look, size_t length, float* out) {
    const float* taps = cell.taps;
    const auto at = [&](size_t i) { return taps + kTaps * static_cast<size_t>(look.place[i]); };
    size_t i = 0;
#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    for (; i + 4 <= length; i += 4) {
        const int32_t* near = look.nearest + i;
        const float *p = at(i), *q = at(i + 1), *r = at(i + 2), *s = at(i + 3);
        __m128 here = _mm_loadu_ps(p), right = _mm_loadu_ps(q), below = _mm_loadu_ps(r),
               last = _mm_loadu_ps(s);
        _MM_TRANSPOSE4_PS(here, right, below, last);
        const __m128 across = _mm_loadu_ps(look.across + i), along = _mm_loadu_ps(look.along + i);
        const __m128 upper = here + (right - here) * across, lower = below + (last - below) * across;
        const __m128 rest = _mm_loadu_ps(image + i) - (upper + (lower - upper) * along);
        _mm_storeu_ps(out + i, rest * _mm_setr_ps(p[near[0]], q[near[1]], r[near[2]], s[near[3]]));
    }
#endif
    for (; i < length; ++i) {
        const float* tap = at(i);
        const float upper = tap[0] + (tap[1] - tap[0]) * look.across[i];
        const float lower = tap[2] + (tap[3] - tap[2]) * look.across[i];
        out[i] = (image[i] - (upper + (lower - upper) * look.along[i])) * tap[look.nearest[i]];
    }
}

// The first pixel at or behind a point of the grid.
size_t first_pixel(size_t point, size_t step) {
    return point == 0 ? 0 : ((2 * point - 1) * step) / 2;
}

void compare_row(const float* image, size_t width, size_t y, const CellPlaces& places, const Samples& cell,
                 float* shifts, float* out) {
    const size_t step = places.step_px;
    const double by_step = 1.0 / static_cast<double>(step);
    const double row_place = (static_cast<double>(y) + 0.5) * by_step + 0.5;
    const size_t row = std::min(static_cast<size_t>(row_place), places.rows - 2);
    const float down = static_cast<float>(row_place - static_cast<double>(row));
    const float* upper = places.shifts + 2 * row * places.columns;
    for (size_t i = 0; i < 2 * places.columns; ++i)
        shifts[i] = upper[i] + (upper[i + 2 * places.columns] - upper[i]) * down;
    const Lookup look((step + 2 + kLanes<F32>) / kLanes<F32> * kLanes<F32>);
    for (size_t point = 0; point + 1 < places.columns; ++point) {
        const size_t begin = first_pixel(point, step), end = std::min(width, first_pixel(point + 1, step));
        if (begin >= end) continue;
        const double x = static_cast<double>(begin);
        const double within = (x + 0.5) * by_step + 0.5 - static_cast<double>(point);
        const auto run = [&](const double* plane, size_t axis, size_t period) {
            const double shift = static_cast<double>(shifts[2 * point + axis]);
            const double change = static_cast<double>(shifts[2 * point + 2 + axis]) - shift;
            const double from =
                plane[0] * x + plane[1] * static_cast<double>(y) + plane[2] - shift - change * within;
            return Run(from, plane[0] - change * by_step, end - begin, period);
        };
        look.fill(run(places.across, 0, cell.columns), run(places.along, 1, cell.rows), end - begin, cell);
        compare_run(image + begin, cell, look, end - begin, out + begin);
    }
}

}  // namespace

void cell_deviations(const float* image, size_t height, size_t width, const CellPlaces& places,
                     const UsualCell& cell, float* out) {
    const Samples samples = samples_of(cell);
    parallel_for((height + kRows - 1) / kRows, [&](size_t piece) {
        float* shifts = scratch<float>(Slot::shifts, 2 * places.columns);
        for (size_t y = piece * kRows; y < std::min(height, (piece + 1) * kRows); ++y)
            compare_row(image + y * width, width, y, places, samples, shifts, out + y * width);
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
