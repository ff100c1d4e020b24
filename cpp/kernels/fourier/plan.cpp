#include "kernels/fourier/plan.hpp"

#include <cmath>

#include "kernels/fourier/kept_plans.hpp"
#include "kernels/fourier/lanes.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

void push(std::vector<float>& to, std::complex<double> value) {
    to.push_back(static_cast<float>(value.real()));
    to.push_back(static_cast<float>(value.imag()));
}

// Radices whose product is `length`; empty where a prime factor above 7 is left.
std::vector<size_t> radices_of(size_t length) {
    std::vector<size_t> radices;
    size_t twos = 0;
    for (; length % 2 == 0; length /= 2) ++twos;
    for (size_t odd : {7, 5, 3}) {
        for (; length % odd == 0; length /= odd) radices.push_back(odd);
    }
    if (length > 1) return {};
    if (twos % 2 == 1) radices.push_back(twos >= 3 ? 8 : 2);
    if (twos % 2 == 1 && twos >= 3) twos -= 3;
    for (size_t i = 0; i < twos / 2; ++i) radices.push_back(4);
    return radices;
}

void add_stages(FftPlan& plan, const std::vector<size_t>& radices) {
    size_t block = plan.work_length;
    for (size_t radix : radices) {
        const size_t rest = block / radix;
        plan.stages.push_back({radix, rest, plan.twiddles.size()});
        for (size_t j = 0; j < rest; ++j) {
            for (size_t s = 1; s < radix; ++s) push(plan.twiddles, root_of_unity(j * s, block));
        }
        block = rest;
    }
}

// Frequency k = s + radix k' lies in block s, where the stages that follow put k'.
void add_places(FftPlan& plan) {
    plan.place.resize(plan.work_length);
    plan.frequency.resize(plan.work_length);
    for (size_t k = 0; k < plan.work_length; ++k) {
        size_t place = 0, left = k;
        for (const FftStage& stage : plan.stages) {
            place += left % stage.radix * stage.rest;
            left /= stage.radix;
        }
        plan.place[k] = static_cast<uint32_t>(place);
        plan.frequency[place] = static_cast<uint32_t>(k);
    }
}

size_t next_smooth(size_t length) {
    while (length > 1 && radices_of(length).empty()) ++length;
    return length;
}

// The spectrum is the plan's own transform, in one lane.
void add_chirp(FftPlan& plan) {
    const uint64_t n = plan.length;
    constexpr size_t kWide = 2 * kLanes<F32>;
    std::vector<float> lanes(plan.work_length * kWide);
    for (uint64_t j = 0; j < n; ++j) {
        const std::complex<double> c = root_of_unity(j * j % (2 * n), 2 * n);
        push(plan.chirp, c);
        for (size_t at :
             {static_cast<size_t>(j), static_cast<size_t>((plan.work_length - j) % plan.work_length)}) {
            lanes[at * kWide] = static_cast<float>(c.real());
            lanes[at * kWide + kWide / 2] = -static_cast<float>(c.imag());
        }
    }
    decimate_in_frequency(plan, lanes.data(), kForward);
    for (size_t at = 0; at < plan.work_length; ++at) {
        push(plan.chirp_spectrum, std::complex<double>(lanes[at * kWide], lanes[at * kWide + kWide / 2]) /
                                      static_cast<double>(plan.work_length));
    }
    plan.place.resize(plan.length);
    for (size_t k = 0; k < plan.length; ++k) plan.place[k] = static_cast<uint32_t>(k);
    plan.frequency = plan.place;
}

std::shared_ptr<const FftPlan> make_plan(size_t length) {
    auto plan = std::make_shared<FftPlan>();
    plan->length = plan->work_length = length;
    const bool smooth = length == 1 || !radices_of(length).empty();
    if (!smooth) plan->work_length = next_smooth(2 * length - 1);
    add_stages(*plan, radices_of(plan->work_length));
    add_places(*plan);
    if (!smooth) add_chirp(*plan);
    return plan;
}

}  // namespace

// The angle is brought into [0, pi / 4] in whole numbers.
std::complex<double> root_of_unity(uint64_t part, uint64_t whole) {
    constexpr double kPi = 3.14159265358979323846;
    part %= whole;
    const bool below = 2 * part > whole;  // sine changes sign
    if (below) part = whole - part;
    const bool left = 4 * part > whole;  // cosine changes sign
    uint64_t eighths =
        left ? 4 * whole - 8 * part : 8 * part;  // angle = pi / 4 * eighths / whole, up to pi / 2
    const bool steep = eighths > whole;
    if (steep) eighths = 2 * whole - eighths;
    const double angle = kPi / 4 * static_cast<double>(eighths) / static_cast<double>(whole);
    const double cosine = steep ? std::sin(angle) : std::cos(angle);
    const double sine = steep ? std::cos(angle) : std::sin(angle);
    return {left ? -cosine : cosine, below ? sine : -sine};
}

std::shared_ptr<const FftPlan> fft_plan(size_t length) {
    static KeptPlans<FftPlan> kept;
    return kept.get(length, make_plan);
}

}  // namespace surfedge::SURFEDGE_LEVEL
