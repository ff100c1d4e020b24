#include "kernels/cell_deviations/cell_deviations.hpp"

#include "bindings/array.hpp"
#include "bindings/cell_places.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::object cell_deviations_(py::handle image_, py::handle median_, py::handle spread_, py::handle across,
                            py::handle along, py::handle shifts_, py::handle step_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kF32), 2, 2, "(H, W)");
    const Array median = cell_input(median_);
    const Array spread = input(spread_, "inverse_spread", bit(kF32), 2, 2, "(rows, columns)");
    const Array shifts = shifts_input(shifts_);
    require_same_shape(median, "median", spread, "inverse_spread");
    const CellPlaces places = cell_places(image, shifts, shifts_, across, along, step_px);
    const size_t height = image.size(0), width = image.size(1);
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
