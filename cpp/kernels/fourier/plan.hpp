#pragma once
// Tables of a complex Fourier transform of one length.
//
// Lengths 2^a 3^b 5^c 7^d: mixed radix. Decimation in frequency leaves frequency k at place[k]; decimation in
// time takes it from there, so nothing is ever put in order. Stage s splits blocks of radix x rest elements
// into radix blocks. J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation of complex Fourier
// series", 1965.
//
// Other lengths: as a convolution with a chirp of a longer mixed-radix length; place[k] = k.
// L. I. Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", 1970.

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace surfedge::SURFEDGE_LEVEL {

struct FftStage {
    size_t radix, rest;
    size_t twiddle;  // cos and sin of -2 pi j s / (radix rest) at 2 ((radix - 1) j + s - 1), from here on
};

struct FftPlan {
    size_t length;       // of the transform
    size_t work_length;  // elements that it works on: length, or the chirp's longer one
    std::vector<FftStage> stages;
    std::vector<float> twiddles;
    std::vector<uint32_t> place, frequency;  // frequency[place[k]] = k
    // The chirp exp(-i pi j^2 / length), and the spectrum of its conjugate / work_length as stages leave it.
    std::vector<float> chirp, chirp_spectrum;

    bool is_chirp() const { return !chirp.empty(); }
};

// 1 <= length < 2^31. Plans of the lengths last asked for are kept. Safe to call from any thread.
std::shared_ptr<const FftPlan> fft_plan(size_t length);

// exp(-2 pi i part / whole), to the last bit of double.
std::complex<double> root_of_unity(uint64_t part, uint64_t whole);

}  // namespace surfedge::SURFEDGE_LEVEL
