#pragma once
// How far the usual cell of a repeated pattern must move at each point of a grid to explain an image: the
// sums of one step of Gauss and Newton in a Gaussian window around each point (B. D. Lucas, T. Kanade, "An
// iterative image registration technique with an application to stereo vision", 1981).
//
// Every so many pixels e = image - cell is taken, bounded by `clip` times the median of |e| over every third
// of them either way, and the slopes (a, b) of the cell per sample, across and along. The sums in the window
// are those of a a, a b, b b, a e and b e.

#include <cstddef>

#include "kernels/cell_deviations/cell_deviations.hpp"

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kMotionSums = 5;

struct MotionSampling {
    size_t every;     // pixels at first, first + every ..., first = every / 2; 1 at least
    double sigma_px;  // of the windows, which end at 5.5 sigma and are of sum 1 each
    float clip;
};

// out: kMotionSums x places.rows x places.columns; 0 for a point without a pixel in its window. median: rows
// x columns of the cell, linear between samples; a slope is half the difference of a sample's two neighbours.
void cell_motion(const float* image, size_t height, size_t width, const CellPlaces& places,
                 const float* median, size_t rows, size_t columns, const MotionSampling& sampling,
                 float* out);

}  // namespace surfedge::SURFEDGE_LEVEL
