// cell_motion: sums over windows of what a turned and shifted cell leaves, and of its slopes.

#include "kernels/cell_motion/cell_motion.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {
namespace {

constexpr Shape kCell{7, 9};
constexpr size_t kEvery = 3, kStepPx = 10;
constexpr double kSigmaPx = 8.0, kClip = 2.5;

double place_of(double i, size_t n) {
    const double length = static_cast<double>(n);
    return i - std::floor(i / length) * length;
}

double sample(const Floats& median, double row, double column) {
    return value_of(median[static_cast<size_t>(place_of(row, kCell.height)) * kCell.width +
                           static_cast<size_t>(place_of(column, kCell.width))]);
}

// The cell at (u, v), and its slopes across and along.
std::array<double, 3> looked_up(const Floats& median, double u, double v) {
    const double left = std::floor(u), top = std::floor(v);
    std::array<double, 3> found{};
    for (double down : {0.0, 1.0})
        for (double right : {0.0, 1.0}) {
            const double weight = std::abs(1 - right - (u - left)) * std::abs(1 - down - (v - top));
            const double row = top + down, column = left + right;
            const double all[] = {sample(median, row, column),
                                  0.5 * (sample(median, row, column + 1) - sample(median, row, column - 1)),
                                  0.5 * (sample(median, row + 1, column) - sample(median, row - 1, column))};
            for (size_t i = 0; i < 3; ++i) found[i] += weight * all[i];
        }
    return found;
}

// Weight of the sample at `at` px in the window of a point, not yet of sum 1.
double weight_of(size_t point, size_t at) {
    const double away =
        (static_cast<double>(at) - ((static_cast<double>(point) - 0.5) * kStepPx - 0.5)) / kSigmaPx;
    return std::abs(away) <= 7 ? std::exp(-0.5 * away * away) : 0.0;
}

}  // namespace

void check_cell_motion(Shape shape) {
    const size_t rows = shape.height / kStepPx + 3, columns = shape.width / kStepPx + 3;
    const Floats image = picture<float>(shape), median = picture<float>(kCell),
                 shifts(2 * rows * columns, 0.25f);
    const se::CellPlaces places{{0.9, 0.1, -3.5}, {-0.1, 1.1, 40.25}, shifts.data(), rows, columns, kStepPx};
    std::vector<size_t> ys, xs;
    for (size_t y = kEvery / 2; y < shape.height; y += kEvery) ys.push_back(y);
    for (size_t x = kEvery / 2; x < shape.width; x += kEvery) xs.push_back(x);
    std::vector<std::array<double, 3>> parts;  // a, b, e
    std::vector<double> some;
    for (size_t i = 0; i < ys.size(); ++i)
        for (size_t j = 0; j < xs.size(); ++j) {
            const double x = static_cast<double>(xs[j]), y = static_cast<double>(ys[i]);
            const auto there = looked_up(median, 0.9 * x + 0.1 * y - 3.75, -0.1 * x + 1.1 * y + 40.0);
            const double rest = value_of(image[ys[i] * shape.width + xs[j]]) - there[0];
            parts.push_back({there[1], there[2], rest});
            if (i % 3 == 0 && j % 3 == 0) some.push_back(std::abs(rest));
        }
    std::sort(some.begin(), some.end());
    const double limit = kClip * some[some.size() / 2];
    const auto wanted = [&](size_t y, size_t point) {
        const size_t k = y / rows;
        double sum = 0, weights = 0;
        for (size_t i = 0; i < ys.size(); ++i)
            for (size_t j = 0; j < xs.size(); ++j) {
                const auto& [a, b, e] = parts[i * xs.size() + j];
                const double rest = std::min(std::max(e, -limit), limit);
                const double all[] = {a * a, a * b, b * b, a * rest, b * rest};
                const double weight = weight_of(y % rows, ys[i]) * weight_of(point, xs[j]);
                sum += weight * all[k], weights += weight;
            }
        return sum / weights;
    };
    check<float>(
        "cell_motion", {se::kMotionSums * rows, columns}, 1e-3,
        [&](float* out) {
            se::cell_motion(image.data(), shape.height, shape.width, places, median.data(), kCell.height,
                            kCell.width, {kEvery, kSigmaPx, static_cast<float>(kClip)}, out);
        },
        wanted);
}

}  // namespace plain
