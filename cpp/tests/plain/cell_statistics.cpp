// cell_statistics: mean, energies and extremes of each cell, borders mirrored.

#include "kernels/cell_statistics/cell_statistics.hpp"

#include <algorithm>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

template <class T>
void check_type(Shape shape, size_t side) {
    const std::vector<T> image = picture<T>(shape);
    const se::CellGrid grid{shape.height, shape.width, side};
    const auto pixel = [&](size_t y, size_t x, long dy, long dx) {
        const size_t v =
            mirrored(static_cast<long>(mirrored(static_cast<long>(y) + dy, grid.rows() * side, false)),
                     shape.height, false);
        const size_t u =
            mirrored(static_cast<long>(mirrored(static_cast<long>(x) + dx, grid.columns() * side, false)),
                     shape.width, false);
        return value_of(image[v * shape.width + u]);
    };
    check<float>(
        "cell_statistics", {se::kCellFigures, grid.rows() * grid.columns()}, 1e-5,
        [&](float* out) { se::cell_statistics(image.data(), grid, out); },
        [&](size_t figure, size_t cell) {
            double sums[5] = {}, least = 1e9, largest = -1e9;
            for (size_t i = 0; i < side * side; ++i) {
                const size_t y = cell / grid.columns() * side + i / side,
                             x = cell % grid.columns() * side + i % side;
                const double v = pixel(y, x, 0, 0), left = pixel(y, x, 0, -1), right = pixel(y, x, 0, 1);
                const double up = pixel(y, x, -1, 0), down = pixel(y, x, 1, 0),
                             lap = left + right + up + down - 4 * v;
                sums[0] += v, sums[1] += v * v, sums[4] += lap * lap;
                sums[2] += (right - left) * (right - left) / 4, sums[3] += (down - up) * (down - up) / 4;
                least = std::min(least, v), largest = std::max(largest, v);
            }
            if (figure >= 5) return figure == 5 ? least : largest;
            return sums[figure] / static_cast<double>(side * side);
        });
}

}  // namespace

void check_cells(Shape shape) {
    check_type<uint8_t>(shape, 8);
    check_type<float>(shape, 5);
    check_type<uint8_t>(shape, 7);
}

}  // namespace plain
