#pragma once
// Fourier transforms of real images, and filters in the frequency domain.
//
// F(v, u) = sum over y, x of f(y, x) exp(-2 pi i (v y / H + u x / W)),  u = 0 ... W / 2;  the other half is
// conjugate.
//
// Rows first, two real rows in one complex transform, then columns; a vector holds neighbouring frequencies
// (or neighbouring rows, while rows are transformed whose width is no multiple of the lanes). Any size of at
// least 1 x 1 (primes above 7 by a chirp). Float32 throughout, tables from double.
// Relative error in the two-norm, with u = 2^-24: at most 8 u (log2 H + log2 W + 1) for sizes of small primes
// (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, theorem 24.2, and the odd radices
// alike); a side that needs the chirp counts 7 times. NaN or Inf in the input spoils the whole output.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

// Columns of a half spectrum.
constexpr size_t spectrum_columns(size_t width) {
    return width / 2 + 1;
}

// spectrum: height x spectrum_columns(width) pairs of real and imaginary part. height, width: 1 ... 2^31 - 1.
void rfft2(const float* image, float* spectrum, size_t height, size_t width);

// The inverse, divided by H W. As in numpy, imaginary parts that a real image cannot have do not count.
void irfft2(const float* spectrum, float* image, size_t height, size_t width);

// irfft2(gain * rfft2(image)); gain: height x spectrum_columns(width).
void filter_spectrum(const float* image, const float* gain, float* out, size_t height, size_t width);

struct PlaneSize {
    size_t height, width;
};

// Autocorrelation of planes, all together: irfft2(gain * sum of |rfft2(plane)|^2), each plane continued by
// zeros to the height x width of `padded` (N. Wiener, "Generalized harmonic analysis", 1930). planes: count
// of them, size.height x size.width, not larger than `padded`. gain: as above, null for 1. out: the shifts
// down from none to half the height, padded.height / 2 + 1 rows of padded.width; the others are opposite to
// these.
void autocorrelation(const float* planes, size_t count, PlaneSize size, PlaneSize padded, const float* gain,
                     float* out);

}  // namespace surfedge::SURFEDGE_LEVEL
