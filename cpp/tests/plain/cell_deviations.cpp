// cell_deviations: a repeated pattern, turned and shifted, against its usual cell.

#include "kernels/cell_deviations/cell_deviations.hpp"

#include <algorithm>
#include <cmath>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_cell_deviations(Shape shape) {
    const Shape cell{7, 9};
    const size_t step = 10, rows = shape.height / step + 3, columns = shape.width / step + 3;
    const Floats image = picture<float>(shape), median = picture<float>(cell),
                 shifts = picture<float>({rows, 2 * columns});
    const Floats inverse(cell.pixels(), 2.0f);  // equal everywhere: beside a seam either neighbour will do
    const se::CellPlaces places{{0.9, 0.1, -3.5}, {-0.1, 1.1, 40.25}, shifts.data(), rows, columns, step};
    const auto shift = [&](size_t y, size_t x, size_t axis) {
        const double column = (static_cast<double>(x) + 0.5) / 10 + 0.5,
                     row = (static_cast<double>(y) + 0.5) / 10 + 0.5;
        const size_t c = static_cast<size_t>(column), r = static_cast<size_t>(row);
        const double u = column - static_cast<double>(c), v = row - static_cast<double>(r);
        const auto at = [&](size_t i, size_t j) { return value_of(shifts[2 * (i * columns + j) + axis]); };
        return (at(r, c) * (1 - u) + at(r, c + 1) * u) * (1 - v) +
               (at(r + 1, c) * (1 - u) + at(r + 1, c + 1) * u) * v;
    };
    check<float>(
        "cell_deviations", shape, 1e-3,
        [&](float* out) {
            se::cell_deviations(image.data(), shape.height, shape.width, places,
                                {median.data(), inverse.data(), cell.height, cell.width}, out);
        },
        [&](size_t y, size_t x) {
            const double u =
                0.9 * static_cast<double>(x) + 0.1 * static_cast<double>(y) - 3.5 - shift(y, x, 0);
            const double v =
                -0.1 * static_cast<double>(x) + 1.1 * static_cast<double>(y) + 40.25 - shift(y, x, 1);
            const auto at = [&](double row, double column) {
                const auto place = [](double i, size_t n) {
                    return static_cast<size_t>(i - std::floor(i / static_cast<double>(n)) *
                                                       static_cast<double>(n));
                };
                return value_of(median[place(row, cell.height) * cell.width + place(column, cell.width)]);
            };
            const double left = std::floor(u), top = std::floor(v), p = u - left, q = v - top;
            const double there = (at(top, left) * (1 - p) + at(top, left + 1) * p) * (1 - q) +
                                 (at(top + 1, left) * (1 - p) + at(top + 1, left + 1) * p) * q;
            return (value_of(image[y * shape.width + x]) - there) * 2;
        });
}

}  // namespace plain
