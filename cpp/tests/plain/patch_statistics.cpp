// patch_std, dzl_map and dzl: the deviation of each patch, smaller ones at the right and bottom, and its
// z-score.

#include "kernels/patch_statistics/patch_statistics.hpp"

#include <algorithm>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

template <class T>
double deviation(const std::vector<T>& image, Shape shape, size_t side, size_t row, size_t column) {
    double count = 0, sum = 0, squares = 0;
    for (size_t y = row * side; y < std::min(shape.height, (row + 1) * side); ++y)
        for (size_t x = column * side; x < std::min(shape.width, (column + 1) * side); ++x) {
            const double v = value_of(image[y * shape.width + x]);
            ++count, sum += v, squares += v * v;
        }
    return std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
}

template <class T>
void check_type(Shape shape, size_t side) {
    const std::vector<T> image = picture<T>(shape);
    const se::PatchGrid grid{shape.height, shape.width, side};
    const auto sigma = [&](size_t row, size_t column) { return deviation(image, shape, side, row, column); };
    check<float>(
        "patch_std", {grid.rows(), grid.columns()}, 1e-6,
        [&](float* out) { se::patch_std(image.data(), grid, out); }, sigma);
    const double count = static_cast<double>(grid.rows() * grid.columns());
    double mean = 0, variance = 0;
    for (size_t i = 0; i < grid.rows() * grid.columns(); ++i)
        mean += sigma(i / grid.columns(), i % grid.columns()) / count;
    for (size_t i = 0; i < grid.rows() * grid.columns(); ++i) {
        const double from_mean = sigma(i / grid.columns(), i % grid.columns()) - mean;
        variance += from_mean * from_mean / count;
    }
    const auto z = [&](size_t y, size_t x) {
        return (sigma(y / side, x / side) - mean) / std::sqrt(variance);
    };
    check<float>("dzl_map", shape, 1e-3, [&](float* out) { se::dzl_map(image.data(), grid, out); }, z);
    check<uint8_t>(
        "dzl", shape, 0, [&](uint8_t* out) { se::dzl(image.data(), grid, std::nullopt, out); },
        [&](size_t y, size_t x) { return z(y, x) > std::sqrt(variance) ? 1.0 : 0.0; });
}

}  // namespace

void check_patches(Shape shape) {
    check_type<uint8_t>(shape, 16);
    check_type<float>(shape, 7);
}

}  // namespace plain
