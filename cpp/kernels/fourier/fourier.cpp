#include "kernels/fourier/fourier.hpp"

#include <algorithm>

#include "kernels/fourier/half_spectrum.hpp"
#include "kernels/fourier/lanes.hpp"
#include "kernels/fourier/slots.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"
#include "kernels/support/transpose.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = HalfSpectrum::kLane, kElement = HalfSpectrum::kElement;

// Plans and where they meet; the column plan works on the columns of the half spectrum.
struct Job {
    HalfSpectrum half;
    std::shared_ptr<const RowPlan> rows;  // where the width has one, else
    std::shared_ptr<const FftPlan> rows_in_lanes;
    std::shared_ptr<const FftPlan> columns;
};

size_t pieces_of(size_t rows) {
    return (rows + kPieceRows - 1) / kPieceRows;
}

Job make_job(size_t height, size_t width) {
    Job job{{nullptr, height, width}, nullptr, nullptr, fft_plan(height)};
    if (has_row_plan(width))
        job.rows = row_plan(width);
    else
        job.rows_in_lanes = fft_plan(width);
    job.half.data = scratch<float>(FourierSlot::spectrum, job.half.size());
    return job;
}

// Rows from the first on, up to the end of a piece.
void forward_rows(const float* image, const Job& job, size_t rows) {
    parallel_for(pieces_of(rows), [&](size_t piece) {
        if (job.rows)
            transform_rows(*job.rows, image, job.half, piece * kPieceRows);
        else
            transform_rows_in_lanes(*job.rows_in_lanes, image, job.half, piece * kPieceRows);
    });
}

void backward_rows(const Job& job, float* image, size_t rows) {
    parallel_for(pieces_of(rows), [&](size_t piece) {
        if (job.rows)
            restore_rows(*job.rows, job.half, image, piece * kPieceRows);
        else
            restore_rows_in_lanes(*job.rows_in_lanes, job.half, image, piece * kPieceRows);
    });
}

// Calls visit(elements) for one block of columns: where it lies, or where its plan has room to work.
template <class Visit>
void with_columns(const Job& job, size_t block, Visit visit) {
    const FftPlan& plan = *job.columns;
    if (!plan.is_chirp()) return visit(job.half.at(block, 0));
    const size_t size = plan.length * kElement;
    float* elements = scratch<float>(FourierSlot::elements, plan.work_length * kElement);
    std::copy_n(job.half.at(block, 0), size, elements);
    visit(elements);
    std::copy_n(elements, size, job.half.at(block, 0));
}

// Rows of a real image have no imaginary part where a frequency is its own opposite.
void make_real(const HalfSpectrum& half, size_t block) {
    for (size_t u : {size_t{0}, half.width / 2}) {
        if (2 * u % half.width != 0 || u / kLane != block) continue;
        for (size_t y = 0; y < half.height; ++y) half.at(block, y)[kLane + u % kLane] = 0;
    }
}

// Columns are filtered in groups whose gains fill two cache lines of a row.
constexpr size_t kGroup = 32 / kLane;

// Factors by place, kLane for each, of the blocks from `first` on, one block after the other.
void gather_factors(const float* gain, float scale, const Job& job, size_t first, float* factors) {
    constexpr size_t kAhead = 32;
    const FftPlan& plan = *job.columns;
    const size_t columns = job.half.columns(), height = job.half.height;
    const size_t end = std::min(first + kGroup, job.half.blocks()), whole = std::min(end, columns / kLane);
    const auto row = [&](size_t place) {
        return gain + plan.frequency[std::min(place, height - 1)] * columns + first * kLane;
    };
    for (size_t place = 0; place < height; ++place, factors += kLane) {
        const float *from = row(place), *soon = row(place + kAhead);
        float* to = factors;
        for (size_t i = 0; i < kGroup * kLane; i += HalfSpectrum::kCacheLine) prefetch_later(soon + i);
        prefetch_later(soon + kGroup * kLane - 1);
        size_t block = first;
        for (; block < whole; ++block, from += kLane, to += height * kLane)
            store(to, load<F32>(from) * scale);
        for (; block < end; ++block, from += kLane, to += height * kLane)
            store(to, load_part<F32>(from, columns - block * kLane) * scale);
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

// Adds |z|^2 of each element to its power, kLane for each place.
void add_power(const float* elements, size_t places, bool is_first, float* power) {
    for (size_t place = 0; place < places; ++place, elements += kElement, power += kLane) {
        const F32 re = load<F32>(elements), im = load<F32>(elements + kLane);
        store(power, fused(re, re, fused(im, im, is_first ? F32{} : load<F32>(power))));
    }
}

// Elements of the powers, each times its gain.
void set_elements(const FftPlan& plan, const HalfSpectrum& half, size_t block, const float* power,
                  const float* gain, float scale, float* elements) {
    const size_t u0 = block * kLane, held = std::min(kLane, half.columns() - u0);
    for (size_t place = 0; place < half.height; ++place, elements += kElement, power += kLane) {
        F32 factor = splat<F32>(scale);
        if (gain != nullptr) {
            const float* from = gain + plan.frequency[place] * half.columns() + u0;
            factor *= held == kLane ? load<F32>(from) : load_part<F32>(from, held);
        }
        store(elements, load<F32>(power) * factor);
        store(elements + kLane, F32{});
    }
}

float one_over(const HalfSpectrum& half) {
    return static_cast<float>(1.0 / (static_cast<double>(half.height) * static_cast<double>(half.width)));
}

}  // namespace

void rfft2(const float* image, float* spectrum, size_t height, size_t width) {
    const Job job = make_job(height, width);
    forward_rows(image, job, height);
    parallel_for(job.half.blocks(), [&](size_t block) {
        with_columns(job, block, [&](float* elements) {
            transform_forward(*job.columns, elements);
            store_spectrum(*job.columns, job.half, elements, block * kLane, 0.5f, spectrum);
        });
    });
}

void irfft2(const float* spectrum, float* image, size_t height, size_t width) {
    const Job job = make_job(height, width);
    const float scale = one_over(job.half);
    parallel_for(job.half.blocks(), [&](size_t block) {
        with_columns(job, block, [&](float* elements) {
            load_spectrum(spectrum, *job.columns, job.half, block * kLane, scale, elements);
            transform_backward(*job.columns, elements);
        });
        make_real(job.half, block);
    });
    backward_rows(job, image, height);
}

void filter_spectrum(const float* image, const float* gain, float* out, size_t height, size_t width) {
    const Job job = make_job(height, width);
    const float scale = one_over(job.half) * 0.5f;  // rows are split into their doubles
    const size_t blocks = job.half.blocks();
    forward_rows(image, job, height);
    parallel_for((blocks + kGroup - 1) / kGroup, [&](size_t group) {
        float* factors = scratch<float>(FourierSlot::factors, kGroup * height * kLane);
        const size_t first = group * kGroup;
        gather_factors(gain, scale, job, first, factors);
        for (size_t block = first; block < std::min(blocks, first + kGroup); ++block) {
            with_columns(job, block, [&](float* elements) {
                transform_filter(*job.columns, elements, factors + (block - first) * height * kLane);
            });
            make_real(job.half, block);
        }
    });
    backward_rows(job, out, height);
}

void autocorrelation(const float* planes, size_t count, PlaneSize size, PlaneSize padded, const float* gain,
                     float* out) {
    const Job job = make_job(padded.height, padded.width);
    const HalfSpectrum& half = job.half;
    const FftPlan& plan = *job.columns;
    const size_t whole = pieces_of(padded.height) * kPieceRows, power_size = padded.height * kLane;
    float* image = scratch<float>(FourierSlot::padded, whole * padded.width);
    float* powers = scratch<float>(FourierSlot::powers, half.blocks() * power_size);
    const float scale = one_over(half) * 0.25f;  // rows are split into their doubles
    const size_t seen = std::min(padded.height, pieces_of(size.height) * kPieceRows);
    std::fill_n(image, seen * padded.width, 0.0f);
    for (size_t number = 0; number < count; ++number, planes += size.height * size.width) {
        for (size_t y = 0; y < size.height; ++y)
            std::copy_n(planes + y * size.width, size.width, image + y * padded.width);
        forward_rows(image, job, size.height);
        parallel_for(half.blocks(), [&](size_t block) {
            std::fill(half.at(block, seen), half.at(block, padded.height), 0.0f);
            with_columns(job, block, [&](float* elements) {
                float* power = powers + block * power_size;
                transform_forward(plan, elements);
                add_power(elements, padded.height, number == 0, power);
                if (number + 1 < count) return;
                set_elements(plan, half, block, power, gain, scale, elements);
                transform_backward(plan, elements);
            });
            make_real(half, block);
        });
    }
    const size_t rows = padded.height / 2 + 1;
    backward_rows(job, image, rows);
    std::copy_n(image, rows * padded.width, out);
}

}  // namespace surfedge::SURFEDGE_LEVEL
