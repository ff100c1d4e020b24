#pragma once
// Half spectra of real images while they are being made: rows are transformed, columns are waiting.

#include "kernels/fourier/fourier.hpp"
#include "kernels/fourier/lanes.hpp"
#include "kernels/fourier/row_plan.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Blocks of kLanes<F32> columns, each from top to bottom: of each row the real parts of its frequencies, then
// their imaginary parts. What lies beyond the last frequency has no meaning.
struct HalfSpectrum {
    float* data;
    size_t height, width;

    static constexpr size_t kLane = kLanes<F32>, kElement = 2 * kLane, kCacheLine = 64 / sizeof(float);
    size_t columns() const { return spectrum_columns(width); }
    size_t blocks() const { return (columns() + kLane - 1) / kLane; }
    // Odd in cache lines: what a row has in the blocks does not fall in one cache set.
    size_t block_size() const { return ((height * kElement + kCacheLine - 1) / kCacheLine | 1) * kCacheLine; }
    size_t size() const { return blocks() * block_size(); }
    float* at(size_t block, size_t y) const { return data + block * block_size() + y * kElement; }
};

// Rows are transformed in pieces of so many.
constexpr size_t kPieceRows = HalfSpectrum::kElement;

// Spectra of the rows from y0 on, times 2; and the rows from their spectra, unscaled.
void transform_rows(const RowPlan& plan, const float* image, const HalfSpectrum& half, size_t y0);
void restore_rows(const RowPlan& plan, const HalfSpectrum& half, float* image, size_t y0);

// The same with a row in each lane, for plans of any width.
void transform_rows_in_lanes(const FftPlan& plan, const float* image, const HalfSpectrum& half, size_t y0);
void restore_rows_in_lanes(const FftPlan& plan, const HalfSpectrum& half, float* image, size_t y0);

}  // namespace surfedge::SURFEDGE_LEVEL
