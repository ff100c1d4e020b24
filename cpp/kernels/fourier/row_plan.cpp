#include "kernels/fourier/row_plan.hpp"

#include <algorithm>

#include "kernels/fourier/kept_plans.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = kLanes<F32>;

std::shared_ptr<const RowPlan> make_plan(size_t width) {
    auto plan = std::make_shared<RowPlan>();
    const size_t part = width / kLane;
    plan->part = fft_plan(part);
    plan->twiddles.reserve((part + kLane - 1) / kLane * (kLane - 1) * 2 * kLane);
    for (size_t step = 0; step < part; step += kLane) {
        const size_t first = std::min(step, part - kLane);
        for (size_t s = 1; s < kLane; ++s) {
            for (size_t j = first; j < first + kLane; ++j)
                plan->twiddles.push_back(static_cast<float>(root_of_unity(j * s, width).real()));
            for (size_t j = first; j < first + kLane; ++j)
                plan->twiddles.push_back(static_cast<float>(root_of_unity(j * s, width).imag()));
        }
    }
    return plan;
}

}  // namespace

std::shared_ptr<const RowPlan> row_plan(size_t width) {
    static KeptPlans<RowPlan> kept;
    return kept.get(width, make_plan);
}

}  // namespace surfedge::SURFEDGE_LEVEL
