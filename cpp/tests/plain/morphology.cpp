// Erosion, dilation and opening by disks: the extreme of every pixel within the radius.

#include "kernels/morphology/morphology.hpp"

#include <algorithm>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

template <class T>
std::vector<T> extreme(const std::vector<T>& image, Shape shape, long radius, bool largest) {
    std::vector<T> out(image.size());
    for (long y = 0; y < static_cast<long>(shape.height); ++y)
        for (long x = 0; x < static_cast<long>(shape.width); ++x) {
            const size_t at = static_cast<size_t>(y) * shape.width + static_cast<size_t>(x);
            T best = image[at];
            for (long v = std::max(0L, y - radius);
                 v <= std::min(static_cast<long>(shape.height) - 1, y + radius); ++v)
                for (long u = std::max(0L, x - radius);
                     u <= std::min(static_cast<long>(shape.width) - 1, x + radius); ++u) {
                    if ((v - y) * (v - y) + (u - x) * (u - x) > radius * radius) continue;
                    const T other = image[static_cast<size_t>(v) * shape.width + static_cast<size_t>(u)];
                    best = largest ? std::max(best, other) : std::min(best, other);
                }
            out[at] = best;
        }
    return out;
}

template <class T, class Kernel>
void check_openings(const char* what, const std::vector<T>& image, Shape shape, Kernel kernel) {
    for (long radius : {0L, 1L, 2L, 4L, 9L}) {
        const std::vector<T> eroded = extreme(image, shape, radius, false);
        const std::vector<T> wanted[3] = {eroded, extreme(image, shape, radius, true),
                                          extreme(eroded, shape, radius, true)};
        for (int i = 0; i < 3; ++i)
            check<T>(
                what, shape, 0,
                [&](T* out) {
                    kernel(static_cast<se::Morphology>(i), image.data(), out, shape.height, shape.width,
                           static_cast<size_t>(radius));
                },
                [&](size_t y, size_t x) { return static_cast<double>(wanted[i][y * shape.width + x]); });
    }
}

}  // namespace

void check_morphology(Shape shape) {
    Bytes mask = picture<uint8_t>(shape);
    for (uint8_t& pixel : mask) pixel = pixel > 40;
    check_openings("morphology_mask", mask, shape, se::morphology_mask);
    using Grey = void (*)(se::Morphology, const uint8_t*, uint8_t*, size_t, size_t, size_t);
    using Real = void (*)(se::Morphology, const float*, float*, size_t, size_t, size_t);
    check_openings("morphology_grey", picture<uint8_t>(shape), shape, static_cast<Grey>(se::morphology_grey));
    check_openings("morphology_grey", picture<float>(shape), shape, static_cast<Real>(se::morphology_grey));
}

}  // namespace plain
