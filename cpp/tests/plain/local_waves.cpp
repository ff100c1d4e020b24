// local_waves: windows times waves, all pixels of them.

#include "kernels/local_waves/local_waves.hpp"

#include <complex>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_local_waves(Shape shape) {
    constexpr size_t kStep = 16;
    constexpr double kSigma = 9.0, kReach = 5.5 * kSigma, kFrequencies[] = {0.1, -0.07, 0.03, 0.2};
    const Floats image = picture<float>(shape);
    const size_t rows = (shape.height + kStep - 1) / kStep, columns = (shape.width + kStep - 1) / kStep;
    const auto weights = [&](size_t point, size_t length) {
        std::vector<double> weight(length);
        double sum = 0;
        for (size_t i = 0; i < length; ++i) {
            const double away = static_cast<double>(i) -
                                (static_cast<double>(point) + 0.5) * static_cast<double>(kStep) + 0.5;
            weight[i] = std::abs(away) <= kReach ? std::exp(-0.5 * away * away / (kSigma * kSigma)) : 0;
            sum += weight[i];
        }
        for (double& each : weight) each /= sum;
        return weight;
    };
    check<float>(
        "local_waves", {2 * rows, 2 * columns}, 1e-5,
        [&](float* out) {
            se::local_waves(image.data(), shape.height, shape.width, {rows, columns, kStep, kSigma},
                            kFrequencies, 2, out);
        },
        [&](size_t row, size_t part) {
            const double* frequency = kFrequencies + 2 * (row / rows);
            const std::vector<double> down = weights(row % rows, shape.height),
                                      over = weights(part / 2, shape.width);
            std::complex<double> sum = 0;
            for (size_t y = 0; y < shape.height; ++y)
                for (size_t x = 0; x < shape.width; ++x)
                    sum += down[y] * over[x] * static_cast<double>(image[y * shape.width + x]) *
                           std::polar(1.0, -2 * std::acos(-1.0) *
                                               (frequency[0] * static_cast<double>(x) +
                                                frequency[1] * static_cast<double>(y)));
            return part % 2 == 0 ? sum.real() : sum.imag();
        });
}

}  // namespace plain
