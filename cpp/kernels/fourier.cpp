#include "kernels/fourier.hpp"

#include <algorithm>

#include "kernels/fft_lanes.hpp"
#include "kernels/parallel.hpp"
#include "kernels/transpose.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = kLanes<F32>, kElement = 2 * kLane;

// Rows transformed, waiting for their columns: for each block of kLane rows and each frequency u, kLane real
// parts, then as many imaginary parts. The last block of columns is filled up with zeros.
struct HalfSpectrum {
    float* data;
    size_t height, width;

    size_t columns() const { return spectrum_columns(width); }
    size_t column_blocks() const { return (columns() + kLane - 1) / kLane; }
    size_t row_pairs() const { return (height + 2 * kLane - 1) / (2 * kLane); }  // pairs of blocks
    size_t block_size() const { return column_blocks() * kLane * kElement; }
    size_t size() const { return 2 * row_pairs() * block_size(); }
    float* at(size_t row_block, size_t u) const { return data + row_block * block_size() + u * kElement; }
};

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

// ---- rows ----------------------------------------------------------------------------------------------

// Pixels x ... x + kLane of kLane rows from y on, one vector per x, one lane per row; 0 beyond the image.
void load_pixels(const float* image, const HalfSpectrum& half, size_t y, size_t x, F32 (&pixels)[kLane]) {
    const size_t rows = y < half.height ? std::min(kLane, half.height - y) : 0;
    const size_t columns = std::min(kLane, half.width - x);
    for (size_t i = 0; i < kLane; ++i) {
        const float* from = image + (y + i) * half.width + x;
        pixels[i] = i >= rows ? F32{} : columns == kLane ? load<F32>(from) : load_part<F32>(from, columns);
    }
    transpose(pixels);
}

void store_pixels(float* image, const HalfSpectrum& half, size_t y, size_t x, F32 (&pixels)[kLane]) {
    const size_t rows = y < half.height ? std::min(kLane, half.height - y) : 0;
    const size_t columns = std::min(kLane, half.width - x);
    transpose(pixels);
    for (size_t i = 0; i < rows; ++i) {
        float* to = image + (y + i) * half.width + x;
        if (columns == kLane)
            store(to, pixels[i]);
        else
            store_part(to, pixels[i], columns);
    }
}

// Real parts are the rows from y on, imaginary parts the kLane rows after them.
void load_rows(const float* image, const HalfSpectrum& half, size_t y, float* elements) {
    for (size_t x = 0; x < half.width; x += kLane) {
        F32 first[kLane], second[kLane];
        load_pixels(image, half, y, x, first);
        load_pixels(image, half, y + kLane, x, second);
        for (size_t i = 0; i < std::min(kLane, half.width - x); ++i) {
            store(elements + (x + i) * kElement, first[i]);
            store(elements + (x + i) * kElement + kLane, second[i]);
        }
    }
}

void store_rows(float* image, const HalfSpectrum& half, size_t y, const float* elements) {
    for (size_t x = 0; x < half.width; x += kLane) {
        F32 first[kLane] = {}, second[kLane] = {};
        for (size_t i = 0; i < std::min(kLane, half.width - x); ++i) {
            first[i] = load<F32>(elements + (x + i) * kElement);
            second[i] = load<F32>(elements + (x + i) * kElement + kLane);
        }
        store_pixels(image, half, y, x, first);
        store_pixels(image, half, y + kLane, x, second);
    }
}

// With Z = A + i B, A and B spectra of real rows: 2 A(u) = Z(u) + conj Z(-u), 2 B(u) = -i (Z(u) - conj
// Z(-u)).
void split_rows(const FftPlan& plan, const float* elements, const HalfSpectrum& half, size_t pair) {
    for (size_t u = 0; u < half.columns(); ++u) {
        const float* z = elements + plan.place[u] * kElement;
        const float* mirrored = elements + plan.place[u == 0 ? 0 : half.width - u] * kElement;
        const F32 re = load<F32>(z), im = load<F32>(z + kLane);
        const F32 mirrored_re = load<F32>(mirrored), mirrored_im = load<F32>(mirrored + kLane);
        float* a = half.at(2 * pair, u);
        float* b = half.at(2 * pair + 1, u);
        store(a, re + mirrored_re);
        store(a + kLane, im - mirrored_im);
        store(b, im + mirrored_im);
        store(b + kLane, mirrored_re - re);
    }
    for (size_t block : {2 * pair, 2 * pair + 1})
        std::fill(half.at(block, half.columns()), half.at(block, 0) + half.block_size(), 0.0f);
}

// Z(u) = A(u) + i B(u), Z(-u) = conj A(u) + i conj B(u). Where u = -u, A and B of real rows are real.
void join_rows(const FftPlan& plan, const HalfSpectrum& half, size_t pair, float* elements) {
    for (size_t u = 0; u < half.columns(); ++u) {
        const float* a = half.at(2 * pair, u);
        const float* b = half.at(2 * pair + 1, u);
        const F32 a_re = load<F32>(a), a_im = load<F32>(a + kLane);
        const F32 b_re = load<F32>(b), b_im = load<F32>(b + kLane);
        float* z = elements + plan.place[u] * kElement;
        if (u == 0 || 2 * u == half.width) {
            store(z, a_re);
            store(z + kLane, b_re);
        } else {
            float* mirrored = elements + plan.place[half.width - u] * kElement;
            store(z, a_re - b_im);
            store(z + kLane, a_im + b_re);
            store(mirrored, a_re + b_im);
            store(mirrored + kLane, b_re - a_im);
        }
    }
}

void forward_rows(const float* image, const Job& job) {
    parallel_for(job.half.row_pairs(), [&](size_t pair) {
        float* elements = elements_of(*job.row_plan);
        load_rows(image, job.half, 2 * kLane * pair, elements);
        transform_forward(*job.row_plan, elements);
        split_rows(*job.row_plan, elements, job.half, pair);
    });
}

void backward_rows(const Job& job, float* image) {
    parallel_for(job.half.row_pairs(), [&](size_t pair) {
        float* elements = elements_of(*job.row_plan);
        join_rows(*job.row_plan, job.half, pair, elements);
        transform_backward(*job.row_plan, elements);
        store_rows(image, job.half, 2 * kLane * pair, elements);
    });
}

// ---- columns -------------------------------------------------------------------------------------------

// kLane frequencies u from u0 on, one per lane; elements are rows.
void load_columns(const HalfSpectrum& half, size_t u0, float* elements) {
    for (size_t y = 0; y < half.height; y += kLane) {
        const float* from = half.at(y / kLane, u0);
        const size_t rows = std::min(kLane, half.height - y);
        for (size_t part = 0; part < kElement; part += kLane) {
            F32 block[kLane];
            for (size_t i = 0; i < kLane; ++i) block[i] = load<F32>(from + i * kElement + part);
            transpose(block);
            for (size_t i = 0; i < rows; ++i) store(elements + (y + i) * kElement + part, block[i]);
        }
    }
}

void store_columns(const float* elements, const HalfSpectrum& half, size_t u0) {
    for (size_t y = 0; y < 2 * kLane * half.row_pairs(); y += kLane) {  // rows beyond the image become 0
        float* to = half.at(y / kLane, u0);
        const size_t rows = y < half.height ? std::min(kLane, half.height - y) : 0;
        for (size_t part = 0; part < kElement; part += kLane) {
            F32 block[kLane] = {};
            for (size_t i = 0; i < rows; ++i) block[i] = load<F32>(elements + (y + i) * kElement + part);
            transpose(block);
            for (size_t i = 0; i < kLane; ++i) store(to + i * kElement + part, block[i]);
        }
    }
}

// Frequency v of each column times gain(v, u) times scale.
void multiply_gain(const FftPlan& plan, const HalfSpectrum& half, const float* gain, size_t u0, float scale,
                   float* elements) {
    const size_t lanes = std::min(kLane, half.columns() - u0);
    for (size_t v = 0; v < half.height; ++v) {
        const float* from = gain + v * half.columns() + u0;
        const F32 factor = (lanes == kLane ? load<F32>(from) : load_part<F32>(from, lanes)) * scale;
        float* z = elements + plan.place[v] * kElement;
        store(z, load<F32>(z) * factor);
        store(z + kLane, load<F32>(z + kLane) * factor);
    }
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
    const float scale = one_over(job.half) * 0.5f;
    forward_rows(image, job);
    parallel_for(job.half.column_blocks(), [&](size_t block) {
        float* elements = elements_of(plan);
        load_columns(job.half, block * kLane, elements);
        transform_forward(plan, elements);
        multiply_gain(plan, job.half, gain, block * kLane, scale, elements);
        transform_backward(plan, elements);
        store_columns(elements, job.half, block * kLane);
    });
    backward_rows(job, out);
}

}  // namespace surfedge::SURFEDGE_LEVEL
