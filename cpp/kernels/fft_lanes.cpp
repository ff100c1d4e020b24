#include "kernels/fft_lanes.hpp"

#include <algorithm>

#include "kernels/fft_butterflies.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = kLanes<F32>, kElement = 2 * kLane;
// Blocks up to this size stay in the first-level cache: all their stages run before the next block's.
constexpr size_t kBlockElements = 16384 / (kElement * sizeof(float));

// Where an element keeps its real and imaginary parts; exchanged for the backward direction.
struct Parts {
    size_t re, im;
};

Parts parts(FftDirection direction) {
    return direction == kForward ? Parts{0, kLane} : Parts{kLane, 0};
}

SURFEDGE_INLINE Complex load_complex(const float* element, Parts at) {
    return {load<F32>(element + at.re), load<F32>(element + at.im)};
}

SURFEDGE_INLINE void store_complex(float* element, Parts at, Complex value) {
    store(element + at.re, value.re);
    store(element + at.im, value.im);
}

// One stage over `blocks` blocks. Twiddles follow the butterfly in frequency, precede it in time.
template <size_t Radix, bool InTime>
void run_stage(float* block, size_t blocks, const FftStage& stage, const float* twiddles, Parts at) {
    const size_t rest = stage.rest;
    for (size_t b = 0; b < blocks; ++b, block += Radix * rest * kElement) {
        const float* turn = twiddles + stage.twiddle;
        for (size_t j = 0; j < rest; ++j, turn += 2 * (Radix - 1)) {
            float* element = block + j * kElement;
            Complex x[Radix];
            for (size_t s = 0; s < Radix; ++s) x[s] = load_complex(element + s * rest * kElement, at);
            if (InTime && rest > 1) {
                for (size_t s = 1; s < Radix; ++s) x[s] = turned(x[s], turn[2 * s - 2], turn[2 * s - 1]);
            }
            Butterfly<Radix>::run(x);
            if (!InTime && rest > 1) {
                for (size_t s = 1; s < Radix; ++s) x[s] = turned(x[s], turn[2 * s - 2], turn[2 * s - 1]);
            }
            for (size_t s = 0; s < Radix; ++s) store_complex(element + s * rest * kElement, at, x[s]);
        }
    }
}

template <bool InTime>
void run_stage(float* block, size_t blocks, const FftStage& stage, const float* twiddles, Parts at) {
    switch (stage.radix) {
        case 2:
            return run_stage<2, InTime>(block, blocks, stage, twiddles, at);
        case 3:
            return run_stage<3, InTime>(block, blocks, stage, twiddles, at);
        case 4:
            return run_stage<4, InTime>(block, blocks, stage, twiddles, at);
        case 5:
            return run_stage<5, InTime>(block, blocks, stage, twiddles, at);
        case 7:
            return run_stage<7, InTime>(block, blocks, stage, twiddles, at);
        default:
            return run_stage<8, InTime>(block, blocks, stage, twiddles, at);
    }
}

// Stages from `first` on, of one block. In frequency large blocks are split before their parts are worked on,
// in time the parts come first.
template <bool InTime>
void run_stages(const FftPlan& plan, size_t first, float* block, Parts at) {
    if (first == plan.stages.size()) return;
    const FftStage& stage = plan.stages[first];
    const float* twiddles = plan.twiddles.data();
    if (stage.radix * stage.rest > kBlockElements) {
        if (!InTime) run_stage<InTime>(block, 1, stage, twiddles, at);
        for (size_t s = 0; s < stage.radix; ++s)
            run_stages<InTime>(plan, first + 1, block + s * stage.rest * kElement, at);
        if (InTime) run_stage<InTime>(block, 1, stage, twiddles, at);
        return;
    }
    const size_t size = stage.radix * stage.rest, count = plan.stages.size();
    for (size_t i = first; i < count; ++i) {
        const FftStage& next = plan.stages[InTime ? first + count - 1 - i : i];
        run_stage<InTime>(block, size / (next.radix * next.rest), next, twiddles, at);
    }
}

// elements[j] *= factors[j], complex.
void multiply(float* elements, const std::vector<float>& factors, size_t count, Parts at) {
    for (size_t j = 0; j < count; ++j) {
        float* element = elements + j * kElement;
        store_complex(element, at, turned(load_complex(element, at), factors[2 * j], factors[2 * j + 1]));
    }
}

// The convolution: times the chirp, spectrum, times the chirp's spectrum, back, times the chirp.
void transform_by_chirp(const FftPlan& plan, float* elements, FftDirection direction) {
    const Parts at = parts(direction);
    multiply(elements, plan.chirp, plan.length, at);
    std::fill(elements + plan.length * kElement, elements + plan.work_length * kElement, 0.0f);
    decimate_in_frequency(plan, elements, direction);
    multiply(elements, plan.chirp_spectrum, plan.work_length, at);
    decimate_in_time(plan, elements, direction == kForward ? kBackward : kForward);
    multiply(elements, plan.chirp, plan.length, at);
}

}  // namespace

void decimate_in_frequency(const FftPlan& plan, float* elements, FftDirection direction) {
    run_stages<false>(plan, 0, elements, parts(direction));
}

void decimate_in_time(const FftPlan& plan, float* elements, FftDirection direction) {
    run_stages<true>(plan, 0, elements, parts(direction));
}

void transform_forward(const FftPlan& plan, float* elements) {
    if (plan.is_chirp()) return transform_by_chirp(plan, elements, kForward);
    decimate_in_frequency(plan, elements, kForward);
}

void transform_backward(const FftPlan& plan, float* elements) {
    if (plan.is_chirp()) return transform_by_chirp(plan, elements, kBackward);
    decimate_in_time(plan, elements, kBackward);
}

}  // namespace surfedge::SURFEDGE_LEVEL
