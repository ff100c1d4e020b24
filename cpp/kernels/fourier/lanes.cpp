#include "kernels/fourier/lanes.hpp"

#include <algorithm>

#include "kernels/fourier/butterflies.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = kLanes<F32>, kElement = 2 * kLane;
// Blocks up to this size stay in the first-level cache: all their stages run before the next block's.
constexpr size_t kBlockElements = 16384 / (kElement * sizeof(float));

// Where an element keeps its real and imaginary parts; exchanged for the backward direction.
struct Parts {
    size_t re, im;
};

Parts parts_of(FftDirection direction) {
    return direction == kForward ? Parts{0, kLane} : Parts{kLane, 0};
}

SURFEDGE_INLINE Complex load_complex(const float* element, Parts at) {
    return {held(load<F32>(element + at.re)), held(load<F32>(element + at.im))};
}

SURFEDGE_INLINE void store_complex(float* element, Parts at, Complex value) {
    store(element + at.re, value.re);
    store(element + at.im, value.im);
}

// One stage over `blocks` blocks. Twiddles follow the butterfly in frequency, precede it in time.
template <size_t Radix, bool InTime>
void run_stage(float* block, size_t blocks, const FftStage& stage, const float* twiddles, Parts parts) {
    const size_t rest = stage.rest;
    for (size_t b = 0; b < blocks; ++b, block += Radix * rest * kElement) {
        const float* turn = twiddles + stage.twiddle;
        for (size_t j = 0; j < rest; ++j, turn += 2 * (Radix - 1)) {
            float* element = block + j * kElement;
            const auto turned_by = [&](size_t s, Complex x) SURFEDGE_INLINE_LAMBDA {
                return s > 0 && rest > 1 ? turned(x, turn[2 * s - 2], turn[2 * s - 1]) : x;
            };
            Butterfly<Radix>::run(
                [&](size_t s) SURFEDGE_INLINE_LAMBDA {
                    const Complex x = load_complex(element + s * rest * kElement, parts);
                    return InTime ? turned_by(s, x) : x;
                },
                [&](size_t s, Complex y) SURFEDGE_INLINE_LAMBDA {
                    store_complex(element + s * rest * kElement, parts, InTime ? y : turned_by(s, y));
                });
        }
    }
}

template <bool InTime>
void run_stage(float* block, size_t blocks, const FftStage& stage, const float* twiddles, Parts parts) {
    switch (stage.radix) {
        case 2:
            return run_stage<2, InTime>(block, blocks, stage, twiddles, parts);
        case 3:
            return run_stage<3, InTime>(block, blocks, stage, twiddles, parts);
        case 4:
            return run_stage<4, InTime>(block, blocks, stage, twiddles, parts);
        case 5:
            return run_stage<5, InTime>(block, blocks, stage, twiddles, parts);
        case 7:
            return run_stage<7, InTime>(block, blocks, stage, twiddles, parts);
        default:
            return run_stage<8, InTime>(block, blocks, stage, twiddles, parts);
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

// The last stage in frequency, the factors, and the first stage in time, on `count` elements.
template <size_t Radix>
void run_middle(float* elements, size_t count, const float* factors) {
    for (size_t p = 0; p < count; p += Radix, elements += Radix * kElement, factors += Radix * kLane) {
        Complex x[Radix];
        Butterfly<Radix>::run(
            [&](size_t s)
                SURFEDGE_INLINE_LAMBDA { return load_complex(elements + s * kElement, parts_of(kForward)); },
            [&](size_t s, Complex y) SURFEDGE_INLINE_LAMBDA {
                const F32 factor = load<F32>(factors + s * kLane);
                x[s] = {y.im * factor, y.re * factor};  // exchanged: backward
            });
        Butterfly<Radix>::run([&](size_t s) SURFEDGE_INLINE_LAMBDA { return x[s]; },
                              [&](size_t s, Complex y) SURFEDGE_INLINE_LAMBDA {
                                  store_complex(elements + s * kElement, parts_of(kBackward), y);
                              });
    }
}

void run_middle(size_t radix, float* elements, size_t count, const float* factors) {
    switch (radix) {
        case 2:
            return run_middle<2>(elements, count, factors);
        case 3:
            return run_middle<3>(elements, count, factors);
        case 4:
            return run_middle<4>(elements, count, factors);
        case 5:
            return run_middle<5>(elements, count, factors);
        case 7:
            return run_middle<7>(elements, count, factors);
        default:
            return run_middle<8>(elements, count, factors);
    }
}

// Forward, factors and backward of one block of a stage.
void run_filter(const FftPlan& plan, size_t number, float* block, const float* factors) {
    const FftStage& stage = plan.stages[number];
    const size_t size = stage.radix * stage.rest, last = plan.stages.size() - 1;
    const float* twiddles = plan.twiddles.data();
    const auto run = [&](auto in_time, const FftStage& which, size_t blocks) {
        run_stage<decltype(in_time)::value>(block, blocks, which, twiddles,
                                            parts_of(in_time ? kBackward : kForward));
    };
    if (size > kBlockElements && number < last) {
        run(std::false_type{}, stage, 1);
        for (size_t s = 0; s < stage.radix; ++s)
            run_filter(plan, number + 1, block + s * stage.rest * kElement, factors + s * stage.rest * kLane);
        run(std::true_type{}, stage, 1);
        return;
    }
    const auto blocks = [&](size_t i) { return size / (plan.stages[i].radix * plan.stages[i].rest); };
    for (size_t i = number; i < last; ++i) run(std::false_type{}, plan.stages[i], blocks(i));
    run_middle(plan.stages[last].radix, block, size, factors);
    for (size_t i = last; i-- > number;) run(std::true_type{}, plan.stages[i], blocks(i));
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
    const Parts at = parts_of(direction);
    multiply(elements, plan.chirp, plan.length, at);
    std::fill(elements + plan.length * kElement, elements + plan.work_length * kElement, 0.0f);
    decimate_in_frequency(plan, elements, direction);
    multiply(elements, plan.chirp_spectrum, plan.work_length, at);
    decimate_in_time(plan, elements, direction == kForward ? kBackward : kForward);
    multiply(elements, plan.chirp, plan.length, at);
}

}  // namespace

void decimate_in_frequency(const FftPlan& plan, float* elements, FftDirection direction) {
    run_stages<false>(plan, 0, elements, parts_of(direction));
}

void decimate_in_time(const FftPlan& plan, float* elements, FftDirection direction) {
    run_stages<true>(plan, 0, elements, parts_of(direction));
}

void transform_forward(const FftPlan& plan, float* elements) {
    if (plan.is_chirp()) return transform_by_chirp(plan, elements, kForward);
    decimate_in_frequency(plan, elements, kForward);
}

void transform_backward(const FftPlan& plan, float* elements) {
    if (plan.is_chirp()) return transform_by_chirp(plan, elements, kBackward);
    decimate_in_time(plan, elements, kBackward);
}

void transform_filter(const FftPlan& plan, float* elements, const float* factors) {
    if (!plan.is_chirp() && !plan.stages.empty()) return run_filter(plan, 0, elements, factors);
    transform_forward(plan, elements);
    for (size_t p = 0; p < plan.length; ++p) {
        float* element = elements + p * kElement;
        const Complex x = load_complex(element, parts_of(kForward));
        const F32 factor = load<F32>(factors + p * kLane);
        store_complex(element, parts_of(kForward), {x.re * factor, x.im * factor});
    }
    transform_backward(plan, elements);
}

}  // namespace surfedge::SURFEDGE_LEVEL
