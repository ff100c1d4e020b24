// autocorrelation: products of two planes with themselves shifted.

#include "kernels/fourier/fourier.hpp"
#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_autocorrelation(Shape shape) {
    constexpr size_t kPlanes = 2;
    const Floats planes = picture<float>({kPlanes * shape.height, shape.width});
    const size_t height = 2 * shape.height, width = 2 * shape.width;
    const auto at = [&](size_t plane, size_t y, size_t x) {
        y %= height, x %= width;
        const bool inside = y < shape.height && x < shape.width;
        return inside ? static_cast<double>(planes[(plane * shape.height + y) * shape.width + x]) : 0.0;
    };
    check<float>(
        "autocorrelation", {height / 2 + 1, width}, 1e-5 * static_cast<double>(shape.pixels()),
        [&](float* out) {
            se::autocorrelation(planes.data(), kPlanes, {shape.height, shape.width}, {height, width}, nullptr,
                                out);
        },
        [&](size_t down, size_t right) {
            double sum = 0;
            for (size_t plane = 0; plane < kPlanes; ++plane)
                for (size_t y = 0; y < shape.height; ++y)
                    for (size_t x = 0; x < shape.width; ++x)
                        sum += at(plane, y, x) * at(plane, y + down, x + right);
            return sum;
        });
}

}  // namespace plain
