// rfft2, irfft2 and filter_spectrum: the sums of the definition.

#include "kernels/fourier/fourier.hpp"

#include <algorithm>
#include <complex>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_fourier(Shape shape) {
    const Floats image = picture<float>(shape);
    const size_t height = shape.height, width = shape.width, columns = se::spectrum_columns(width);
    using Value = std::complex<double>;
    std::vector<Value> spectrum(shape.pixels());
    const auto turn = [&](size_t y, size_t v, size_t x, size_t u) {
        return 2 * std::acos(-1.0) *
               (static_cast<double>(y * v) / static_cast<double>(height) +
                static_cast<double>(x * u) / static_cast<double>(width));
    };
    for (size_t v = 0; v < height; ++v)
        for (size_t u = 0; u < width; ++u)
            for (size_t y = 0; y < height; ++y)
                for (size_t x = 0; x < width; ++x)
                    spectrum[v * width + u] +=
                        static_cast<double>(image[y * width + x]) * std::polar(1.0, -turn(y, v, x, u));
    check<float>(
        "rfft2", {height, 2 * columns}, 1e-3,
        [&](float* out) { se::rfft2(image.data(), out, height, width); },
        [&](size_t v, size_t i) {
            const Value value = spectrum[v * width + i / 2];
            return i % 2 == 0 ? value.real() : value.imag();
        });
    Floats half(height * columns * 2);
    se::rfft2(image.data(), half.data(), height, width);
    check<float>(
        "irfft2", shape, 1e-5, [&](float* out) { se::irfft2(half.data(), out, height, width); },
        [&](size_t y, size_t x) { return static_cast<double>(image[y * width + x]); });
    const auto gain_of = [&](size_t v, size_t u) {
        return 1.0 / (1.0 + static_cast<double>(std::min(v, height - v) + std::min(u, width - u)));
    };
    Floats gain;
    for (size_t v = 0; v < height; ++v)
        for (size_t u = 0; u < columns; ++u) gain.push_back(static_cast<float>(gain_of(v, u)));
    check<float>(
        "filter_spectrum", shape, 1e-5,
        [&](float* out) { se::filter_spectrum(image.data(), gain.data(), out, height, width); },
        [&](size_t y, size_t x) {
            Value sum = 0;
            for (size_t v = 0; v < height; ++v)
                for (size_t u = 0; u < width; ++u)
                    sum += gain_of(v, u) * spectrum[v * width + u] * std::polar(1.0, turn(y, v, x, u));
            return sum.real() / static_cast<double>(shape.pixels());
        });
}

}  // namespace plain
