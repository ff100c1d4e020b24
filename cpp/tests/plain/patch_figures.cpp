// patch_figures: logarithms of the means around each cell, borders mirrored.

#include "kernels/patch_figures/patch_figures.hpp"

#include <algorithm>

#include "kernels/cell_statistics/cell_statistics.hpp"
#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_patch_figures(Shape shape, size_t side) {
    Floats cells = picture<float>({se::kCellFigures, shape.pixels()});
    for (float& value : cells) value = std::abs(value);
    const se::PatchScales scales{1, {side}, 1e-4f, 1e-5f, 0.02f};
    const auto mean = [&](size_t figure, size_t cell) {
        double sum = 0;
        const long reach = static_cast<long>(side / 2);
        for (long dy = -reach; dy <= reach; ++dy)
            for (long dx = -reach; dx <= reach; ++dx)
                sum +=
                    value_of(cells[figure * shape.pixels() +
                                   mirrored(static_cast<long>(cell / shape.width) + dy, shape.height, false) *
                                       shape.width +
                                   mirrored(static_cast<long>(cell % shape.width) + dx, shape.width, false)]);
        return sum / static_cast<double>(side * side);
    };
    check<float>(
        "patch_figures", {scales.figures(false), shape.pixels()}, 1e-3,
        [&](float* out) { se::patch_figures(cells.data(), nullptr, shape.height, shape.width, scales, out); },
        [&](size_t figure, size_t cell) {
            const double grey = mean(0, cell);
            if (figure == 0) return std::log(std::max(mean(1, cell) - grey * grey, 0.0) + 1e-4);
            if (figure == 6) return std::log(value_of(cells[4 * shape.pixels() + cell]) + 1e-5);
            if (figure < 3) return std::log(mean(figure + 1, cell) + 1e-5);
            return std::log((figure == 3 ? grey : mean(figure + 1, cell)) + 0.02);
        });
}

}  // namespace plain
