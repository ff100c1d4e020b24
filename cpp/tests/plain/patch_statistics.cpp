// patch_std: the deviation of each patch, smaller ones at the right and bottom.

#include "kernels/patch_statistics/patch_statistics.hpp"

#include <algorithm>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

template <class T>
void check_type(Shape shape, size_t side) {
    const std::vector<T> image = picture<T>(shape);
    const se::PatchGrid grid{shape.height, shape.width, side};
    check<float>(
        "patch_std", {grid.rows(), grid.columns()}, 1e-6,
        [&](float* out) { se::patch_std(image.data(), grid, out); },
        [&](size_t row, size_t column) {
            double count = 0, sum = 0, squares = 0;
            for (size_t y = row * side; y < std::min(shape.height, (row + 1) * side); ++y)
                for (size_t x = column * side; x < std::min(shape.width, (column + 1) * side); ++x) {
                    const double v = value_of(image[y * shape.width + x]);
                    ++count, sum += v, squares += v * v;
                }
            return std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
        });
}

}  // namespace

void check_patches(Shape shape) {
    check_type<uint8_t>(shape, 16);
    check_type<float>(shape, 7);
}

}  // namespace plain
