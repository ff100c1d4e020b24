#include "kernels/cell_deviations/cell_deviations.hpp"

#include <algorithm>

#include "kernels/cell_deviations/places.hpp"
#include "kernels/cell_deviations/taps.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kRows = 16;  // to a piece of work
constexpr size_t kTaps = 8;   // floats to a place: of the four samples around, one over the spread of each

enum class Slot { taps, places, fractions, shifts, end };

const float* taps_of(const UsualCell& cell, CellSize size) {
    float* taps = scratch<float>(Slot::taps, kTaps * size.places());
    size.each_place([&](size_t place, const size_t* around) {
        float samples[4];
        for (size_t i = 0; i < 4; ++i) {
            samples[i] = cell.median[around[i]];
            taps[kTaps * place + 4 + i] = cell.inverse_spread[around[i]];
        }
        set_bilinear(samples, taps + kTaps * place);
    });
    return taps;
}

void compare_row(const float* image, const float* taps, const Lookup& look, size_t length, float* out) {
    const auto at = [&](size_t i) { return taps + kTaps * static_cast<size_t>(look.place[i]); };
    size_t i = 0;
    for (; i + kPixels <= length; i += kPixels) {
        Pixels tap[4];
        float inverse[kPixels];
        turn_over([&](size_t j) { return at(i + j); }, tap);
        for (size_t j = 0; j < kPixels; ++j) inverse[j] = at(i + j)[4 + look.nearest[i + j]];
        const Pixels usual = bilinear(tap, load<Pixels>(look.across + i), load<Pixels>(look.along + i));
        store(out + i, (load<Pixels>(image + i) - usual) * load<Pixels>(inverse));
    }
    for (; i < length; ++i)
        out[i] = (image[i] - bilinear(at(i), look.across[i], look.along[i])) * at(i)[4 + look.nearest[i]];
}

}  // namespace

void cell_deviations(const float* image, size_t height, size_t width, const CellPlaces& places,
                     const UsualCell& cell, float* out) {
    const CellSize size{cell.rows, cell.columns};
    const float* taps = taps_of(cell, size);
    if (width == 0) return;
    parallel_for((height + kRows - 1) / kRows, [&](size_t piece) {
        const size_t room = width + kLanes<F32>;
        float* shifts = scratch<float>(Slot::shifts, 2 * places.columns);
        int32_t* numbers = scratch<int32_t>(Slot::places, 2 * room);
        float* fractions = scratch<float>(Slot::fractions, 2 * room);
        const Lookup look{numbers, numbers + room, fractions, fractions + room};
        for (size_t y = piece * kRows; y < std::min(height, (piece + 1) * kRows); ++y) {
            look_up_row(y, width, {0, 1}, {0, width}, places, size, shifts, look);
            compare_row(image + y * width, taps, look, width, out + y * width);
        }
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
