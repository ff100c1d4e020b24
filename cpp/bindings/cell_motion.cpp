#include "kernels/cell_motion/cell_motion.hpp"

#include "bindings/array.hpp"
#include "bindings/cell_places.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::object cell_motion_(py::handle image_, py::handle median_, py::handle across, py::handle along,
                        py::handle shifts_, py::handle step_px, py::handle every, py::handle sigma_px,
                        py::handle clip, py::handle out_) {
    const Array image = input(image_, "image", bit(kF32), 2, 2, "(H, W)");
    const Array median = cell_input(median_);
    const Array shifts = shifts_input(shifts_);
    const CellPlaces places = cell_places(image, shifts, shifts_, across, along, step_px);
    const MotionSampling sampling{static_cast<size_t>(integer(every, "every", 1, 1 << 20)),
                                  above_zero(sigma_px, "sigma_px"),
                                  static_cast<float>(above_zero(clip, "clip"))};
    py::object out = output(out_, kF32, {kMotionSums, places.rows, places.columns}, {image, median, shifts});
    float* sums = data_of<float>(out);
    without_gil([&] {
        cell_motion(image.as<float>(), image.size(0), image.size(1), places, median.as<float>(),
                    median.size(0), median.size(1), sampling, sums);
    });
    return out;
}

}  // namespace

void bind_cell_motion(py::module_& module) {
    module.def("cell_motion", &cell_motion_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
