#pragma once
// Half spectra of real images while they are being made: rows are transformed, columns are waiting. Private
// to kernels.

#include "kernels/fft_plan.hpp"
#include "kernels/fourier.hpp"
#include "kernels/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// For each block of kLanes<F32> rows and each frequency u: the real parts of these rows, then the imaginary
// parts. The last block of columns is filled up with zeros; blocks of rows come in pairs, rows beyond the
// image are 0.
struct HalfSpectrum {
    float* data;
    size_t height, width;

    static constexpr size_t kLane = kLanes<F32>, kElement = 2 * kLane;
    size_t columns() const { return spectrum_columns(width); }
    size_t column_blocks() const { return (columns() + kLane - 1) / kLane; }
    size_t row_pairs() const { return (height + 2 * kLane - 1) / (2 * kLane); }
    size_t block_size() const { return column_blocks() * kLane * kElement; }
    size_t size() const { return 2 * row_pairs() * block_size(); }
    float* at(size_t row_block, size_t u) const { return data + row_block * block_size() + u * kElement; }
};

// Elements for a transform along rows (fft_lanes.hpp): real parts are the rows of the pair's first block,
// imaginary parts those of its second; and back.
void load_rows(const float* image, const HalfSpectrum& half, size_t pair, float* elements);
void store_rows(float* image, const HalfSpectrum& half, size_t pair, const float* elements);

// From the transform of such elements the spectra of both blocks of rows, times 2; and back, not halved.
void split_rows(const FftPlan& plan, const float* elements, const HalfSpectrum& half, size_t pair);
void join_rows(const FftPlan& plan, const HalfSpectrum& half, size_t pair, float* elements);

// Elements for a transform along columns: one frequency u per lane, from u0 on; and back.
void load_columns(const HalfSpectrum& half, size_t u0, float* elements);
void store_columns(const float* elements, const HalfSpectrum& half, size_t u0);

}  // namespace surfedge::SURFEDGE_LEVEL
