// ssim_map: windows summed one by one.

#include "kernels/ssim/ssim.hpp"

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

template <class T>
void check_window(Shape shape, se::SsimWindow window) {
    const std::vector<T> a = picture<T>(shape), b = picture<T>(shape);
    const long reach = window.side_px / 2;
    Floats weight;
    double total = 0;
    for (long i = -reach; i <= reach; ++i) {
        weight.push_back(window.gaussian ? static_cast<float>(std::exp(-static_cast<double>(i * i) / 4.5))
                                         : 1.0f);
        total += static_cast<double>(weight.back());
    }
    const double pixels = static_cast<double>(window.side_px * window.side_px),
                 sample = pixels / (pixels - 1);
    check<float>(
        "ssim_map", shape, 1e-4,
        [&](float* out) { se::ssim_map(a.data(), b.data(), shape.height, shape.width, window, out); },
        [&](size_t y, size_t x) {
            double s[5] = {};
            for (long i = -reach; i <= reach; ++i)
                for (long j = -reach; j <= reach; ++j) {
                    const size_t at = mirrored(static_cast<long>(y) + i, shape.height, true) * shape.width +
                                      mirrored(static_cast<long>(x) + j, shape.width, true);
                    const double p = value_of(a[at]), q = value_of(b[at]);
                    const double w = static_cast<double>(weight[static_cast<size_t>(i + reach)]) *
                                     static_cast<double>(weight[static_cast<size_t>(j + reach)]) /
                                     (total * total);
                    s[0] += w * p, s[1] += w * q, s[2] += w * p * p, s[3] += w * q * q, s[4] += w * p * q;
                }
            const double c1 = 1e-4, c2 = 9e-4, va = sample * (s[2] - s[0] * s[0]),
                         vb = sample * (s[3] - s[1] * s[1]);
            return (2 * s[0] * s[1] + c1) * (2 * sample * (s[4] - s[0] * s[1]) + c2) /
                   ((s[0] * s[0] + s[1] * s[1] + c1) * (va + vb + c2));
        });
}

}  // namespace

void check_ssim(Shape shape) {
    for (int side : {7, 11}) {
        check_window<float>(shape, {side, false, 1.0});
        check_window<uint8_t>(shape, {side, false, 1.0});
    }
    check_window<float>(shape, {11, true, 1.0});
}

}  // namespace plain
