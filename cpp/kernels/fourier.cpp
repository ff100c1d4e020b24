#include "kernels/fourier.hpp"

#include <algorithm>

#include "kernels/fft_lanes.hpp"
#include "kernels/half_spectrum.hpp"
#include "kernels/parallel.hpp"
#include "kernels/transpose.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = HalfSpectrum::kLane, kElement = HalfSpectrum::kElement;

// Plans and where they meet; the column plan works on the columns of the half spectrum.
struct Job {
    HalfSpectrum half;
    std::shared_ptr<const FftPlan> row_plan, column_plan;
};

Job make_job(size_t height, size_t width) {
    Job job{{nullptr, height, width}, fft_plan(width), fft_plan(height)};
    job.half.data = scratch<float>(0, job.half.size());
    return job;
}

float* elements_of(const FftPlan& plan) {
    return scratch<float>(2, plan.work_length * kElement);
}

void forward_rows(const float* image, const Job& job) {
    parallel_for(job.half.row_pairs(), [&](size_t pair) {
        float* elements = elements_of(*job.row_plan);
        load_rows(image, job.half, pair, elements);
        transform_forward(*job.row_plan, elements);
        split_rows(*job.row_plan, elements, job.half, pair);
    });
}

void backward_rows(const Job& job, float* image) {
    parallel_for(job.half.row_pairs(), [&](size_t pair) {
        float* elements = elements_of(*job.row_plan);
        join_rows(*job.row_plan, job.half, pair, elements);
        transform_backward(*job.row_plan, elements);
        store_rows(image, job.half, pair, elements);
    });
}

void store_spectrum(const FftPlan& plan, const HalfSpectrum& half, const float* elements, size_t u0,
                    float scale, float* spectrum) {
    const size_t values = 2 * std::min(kLane, half.columns() - u0);
    for (size_t v = 0; v < half.height; ++v) {
        const float* z = elements + plan.place[v] * kElement;
        const F32 re = load<F32>(z) * scale, im = load<F32>(z + kLane) * scale;
        float pairs[kElement];
        store(pairs, low_interleaved(re, im));
        store(pairs + kLane, high_interleaved(re, im));
        std::memcpy(spectrum + 2 * (v * half.columns() + u0), pairs, values * sizeof(float));
    }
}

void load_spectrum(const float* spectrum, const FftPlan& plan, const HalfSpectrum& half, size_t u0,
                   float scale, float* elements) {
    const size_t values = 2 * std::min(kLane, half.columns() - u0);
    for (size_t v = 0; v < half.height; ++v) {
        float pairs[kElement] = {};
        std::memcpy(pairs, spectrum + 2 * (v * half.columns() + u0), values * sizeof(float));
        const F32 a = load<F32>(pairs) * scale, b = load<F32>(pairs + kLane) * scale;
        float* z = elements + plan.place[v] * kElement;
        store(z, even_lanes(a, b));
        store(z + kLane, odd_lanes(a, b));
    }
}

float one_over(const HalfSpectrum& half) {
    return static_cast<float>(1.0 / (static_cast<double>(half.height) * static_cast<double>(half.width)));
}

}  // namespace

void rfft2(const float* image, float* spectrum, size_t height, size_t width) {
    const Job job = make_job(height, width);
    const FftPlan& plan = *job.column_plan;
    forward_rows(image, job);
    parallel_for(job.half.column_blocks(), [&](size_t block) {
        float* elements = elements_of(plan);
        load_columns(job.half, block * kLane, elements);
        transform_forward(plan, elements);
        store_spectrum(plan, job.half, elements, block * kLane, 0.5f, spectrum);
    });
}

void irfft2(const float* spectrum, float* image, size_t height, size_t width) {
    const Job job = make_job(height, width);
    const FftPlan& plan = *job.column_plan;
    const float scale = one_over(job.half);
    parallel_for(job.half.column_blocks(), [&](size_t block) {
        float* elements = elements_of(plan);
        load_spectrum(spectrum, plan, job.half, block * kLane, scale, elements);
        transform_backward(plan, elements);
        store_columns(elements, job.half, block * kLane);
    });
    backward_rows(job, image);
}

void filter_spectrum(const float* image, const float* gain, float* out, size_t height, size_t width) {
    const Job job = make_job(height, width);
    const FftPlan& plan = *job.column_plan;
    const float scale = one_over(job.half) * 0.5f;  // rows are split into their doubles
    const size_t columns = job.half.columns();
    forward_rows(image, job);
    parallel_for(job.half.column_blocks(), [&](size_t block) {
        float* elements = elements_of(plan);
        load_columns(job.half, block * kLane, elements);
        const size_t lanes = std::min(kLane, columns - block * kLane);
        transform_filter(plan, elements, {gain + block * kLane, columns, lanes, scale});
        store_columns(elements, job.half, block * kLane);
    });
    backward_rows(job, out);
}

}  // namespace surfedge::SURFEDGE_LEVEL
