#pragma once
// Transforms of rows whose frequencies lie side by side in the lanes.
//
// A row of width W = kLanes parts: a first step of radix kLanes leaves one transform of length `part` to each
// lane, with frequency s + kLanes k of the row in lane s. Nothing is turned over but in that step.

#include <memory>
#include <vector>

#include "kernels/fourier/plan.hpp"
#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

struct RowPlan {
    std::shared_ptr<const FftPlan> part;
    // Columns j = step, step + 1, ... of each part, for step = 0, kLanes, ...: for s = 1 ... kLanes - 1 the
    // cosines and then the sines of -2 pi j s / W. The last step ends with the last column.
    std::vector<float> twiddles;
};

// Whether rows can be cut that way.
constexpr bool has_row_plan(size_t width) {
    return width % kLanes<F32> == 0 && width / kLanes<F32> >= kLanes<F32>;
}

// Plans of the widths last asked for are kept. Safe to call from any thread.
std::shared_ptr<const RowPlan> row_plan(size_t width);

}  // namespace surfedge::SURFEDGE_LEVEL
