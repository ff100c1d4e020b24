#include "kernels/cell_deviations/cell_deviations.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

void read_plane(py::handle given, const char* name, double* plane) {
    if (!PySequence_Check(given.ptr()) || py::len(given) != 3)
        refuse_value(name, py::repr(given), "three numbers: by x, by y, at the origin",
                     "pass a plane of places");
    const py::sequence values = py::reinterpret_borrow<py::sequence>(given);
    for (size_t i = 0; i < 3; ++i) {
        plane[i] = real(values[i], name);
        if (!(plane[i] >= -1e9 && plane[i] <= 1e9))
            refuse_value(name, py::repr(given), "numbers within 1e9", "pass a plane of places");
    }
}

py::object cell_deviations_(py::handle image_, py::handle median_, py::handle spread_, py::handle across,
                            py::handle along, py::handle shifts_, py::handle step_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kF32), 2, 2, "(H, W)");
    const Array median = input(median_, "median", bit(kF32), 2, 2, "(rows, columns)");
    const Array spread = input(spread_, "inverse_spread", bit(kF32), 2, 2, "(rows, columns)");
    const Array shifts = input(shifts_, "shifts", bit(kF32), 3, 3, "(rows, columns, 2)");
    require_same_shape(median, "median", spread, "inverse_spread");
    if (median.count() == 0 || median.count() > kMostCellSamples)
        refuse_value("median", array_text(median_), "1 to 4,194,304 samples", "resample the cell");
    CellPlaces places{{}, {}, shifts.as<float>(), shifts.size(0), shifts.size(1), 0};
    read_plane(across, "across", places.across);
    read_plane(along, "along", places.along);
    places.step_px = static_cast<size_t>(integer(step_px, "step_px", 2, 1 << 20));
    const size_t height = image.size(0), width = image.size(1);
    if (shifts.size(2) != 2 || !places.cover(height, width))
        refuse_value("shifts", array_text(shifts_), "shape (rows, columns, 2) that covers the image",
                     "pass a grid that reaches beyond the image");
    py::object out = output(out_, kF32, {height, width}, {image, median, spread, shifts});
    float* deviations = data_of<float>(out);
    const UsualCell cell{median.as<float>(), spread.as<float>(), median.size(0), median.size(1)};
    without_gil([&] { cell_deviations(image.as<float>(), height, width, places, cell, deviations); });
    return out;
}

}  // namespace

void bind_cell_deviations(py::module_& module) {
    module.def("cell_deviations", &cell_deviations_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
