#pragma once
// Fourier coefficients of an image in a Gaussian window around each point of a grid, at a few frequencies
// (D. Gabor, "Theory of communication", 1946):
//   out[k](r, c) = sum over y, x of w_r(y) w_c(x) image(y, x) exp(-2 pi i (u_k x + v_k y)).
// Point (r, c) lies at x = (c + 1/2) step - 1/2, y alike; along either axis a window is a Gaussian of sum 1
// that ends at 5.5 sigma.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

struct WaveGrid {
    size_t rows, columns, step_px;
    double sigma_px;
};

// frequencies: count pairs (u, v), cycles per px, finite. out: count x grid.rows x grid.columns pairs of real
// and imaginary part; 0 for a point without a pixel in its window.
void local_waves(const float* image, size_t height, size_t width, const WaveGrid& grid,
                 const double* frequencies, size_t count, float* out);

}  // namespace surfedge::SURFEDGE_LEVEL
