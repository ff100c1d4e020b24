#include "kernels/patch_figures/patch_figures.hpp"

#include "bindings/array.hpp"
#include "kernels/cell_statistics/cell_statistics.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

float floor_of(py::handle object, const char* name) {
    const float floor = static_cast<float>(real(object, name));
    if (!(floor >= 1e-30f && floor <= 1e30f))
        refuse_value(name, py::str(object), "1e-30 to 1e30", "pass a small positive number");
    return floor;
}

PatchScales scales_of(py::handle sides, py::handle variance, py::handle energy, py::handle level) {
    PatchScales scales{};
    const py::sequence every = py::reinterpret_borrow<py::sequence>(sides);
    if (!PySequence_Check(sides.ptr()) || every.size() < 1 || every.size() > kMaxScales)
        refuse_value("sides", py::repr(sides), "1 to 16 odd numbers", "pass sides=(1, 3, 9)");
    for (const py::handle side : every) {
        const int64_t value = integer(side, "sides", 1, kMaxPatchCells);
        if (value % 2 == 0) refuse_value("sides", py::repr(sides), "odd numbers", "pass sides=(1, 3, 9)");
        scales.side[scales.count++] = static_cast<size_t>(value);
    }
    scales.variance_floor = floor_of(variance, "variance_floor");
    scales.energy_floor = floor_of(energy, "energy_floor");
    scales.level_floor = floor_of(level, "level_floor");
    return scales;
}

py::object patch_figures_(py::handle cells_, py::handle colours_, py::handle sides, py::handle variance,
                          py::handle energy, py::handle level, py::handle out_) {
    const Array cells = input(cells_, "cells", bit(kF32), 3, 3, "(7, rows, columns)");
    const size_t rows = cells.size(1), columns = cells.size(2);
    if (cells.size(0) != kCellFigures || rows == 0 || columns == 0)
        refuse_value("cells", array_text(cells_), "shape (7, rows, columns)",
                     "pass what cell_statistics gives");
    const bool with_colour = !colours_.is_none();
    const Array colours =
        with_colour ? input(colours_, "colours", bit(kF32), 3, 3, "(3, rows, columns)") : Array{};
    if (with_colour && (colours.size(0) != 3 || colours.size(1) != rows || colours.size(2) != columns))
        refuse_value("colours", array_text(colours_), "shape (3, rows, columns) as the cells",
                     "pass what cell_means gives");
    const PatchScales scales = scales_of(sides, variance, energy, level);
    py::object out = output(out_, kF32, {scales.figures(with_colour), rows, columns}, {cells, colours});
    float* figures = data_of<float>(out);
    without_gil([&] {
        patch_figures(cells.as<float>(), with_colour ? colours.as<float>() : nullptr, rows, columns, scales,
                      figures);
    });
    return out;
}

}  // namespace

void bind_patch_figures(py::module_& module) {
    module.def("patch_figures", &patch_figures_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
