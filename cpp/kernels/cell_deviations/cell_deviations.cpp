#include "kernels/cell_deviations/cell_deviations.hpp"

#include <algorithm>

#include "kernels/cell_deviations/places.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRows = 16;  // to a piece of work
constexpr size_t kTaps = 8;   // floats to a place: the four samples around, one over the spread of each

enum class Slot { taps, places, fractions, shifts, end };

const float* taps_of(const UsualCell& cell, CellSize size) {
    float* taps = scratch<float>(Slot::taps, kTaps * size.places());
    size.each_place([&](size_t place, const size_t* around) {
        for (size_t i = 0; i < 4; ++i) {
            taps[kTaps * place + i] = cell.median[around[i]];
            taps[kTaps * place + 4 + i] = cell.inverse_spread[around[i]];
        }
    });
    return taps;
}

void compare_row(const float* image, const float* taps, const Lookup& look, size_t length, float* out) {
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
        _mm_storeu_ps(out + i,
                      rest * _mm_setr_ps(p[4 + near[0]], q[4 + near[1]], r[4 + near[2]], s[4 + near[3]]));
    }
#endif
    for (; i < length; ++i) {
        const float* tap = at(i);
        const float upper = tap[0] + (tap[1] - tap[0]) * look.across[i];
        const float lower = tap[2] + (tap[3] - tap[2]) * look.across[i];
        out[i] = (image[i] - (upper + (lower - upper) * look.along[i])) * tap[4 + look.nearest[i]];
    }
}

}  // namespace

void cell_deviations(const float* image, size_t height, size_t width, const CellPlaces& places,
                     const UsualCell& cell, float* out) {
    const CellSize size{cell.rows, cell.columns};
    const float* taps = taps_of(cell, size);
    parallel_for((height + kRows - 1) / kRows, [&](size_t piece) {
        const size_t room = width + kLanes<F32>;
        float* shifts = scratch<float>(Slot::shifts, 2 * places.columns);
        int32_t* numbers = scratch<int32_t>(Slot::places, 2 * room);
        float* fractions = scratch<float>(Slot::fractions, 2 * room);
        const Lookup look{numbers, numbers + room, fractions, fractions + room};
        for (size_t y = piece * kRows; y < std::min(height, (piece + 1) * kRows); ++y) {
            look_up_row(y, width, {0, 1}, places, size, shifts, look);
            compare_row(image + y * width, taps, look, width, out + y * width);
        }
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
