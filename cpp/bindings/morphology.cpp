#include "kernels/morphology/morphology.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

template <Morphology what>
py::object morphology_(py::handle image_, py::handle radius_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kBool) | bit(kU8) | bit(kF32), 2, 2, "(H, W)");
    const size_t radius = static_cast<size_t>(integer(radius_px, "radius_px", 0, kMaxRadius));
    const size_t height = image.size(0), width = image.size(1);
    py::object out = output(out_, image.type, {height, width}, {image});
    void* to = data_of<void>(out);
    without_gil([&] {
        if (image.type == kBool)
            morphology_mask(what, image.as<uint8_t>(), static_cast<uint8_t*>(to), height, width, radius);
        else if (image.type == kU8)
            morphology_grey(what, image.as<uint8_t>(), static_cast<uint8_t*>(to), height, width, radius);
        else
            morphology_grey(what, image.as<float>(), static_cast<float*>(to), height, width, radius);
    });
    return out;
}

}  // namespace

void bind_morphology(py::module_& module) {
    module.def("erode_disk", &morphology_<Morphology::erode>);
    module.def("dilate_disk", &morphology_<Morphology::dilate>);
    module.def("open_disk", &morphology_<Morphology::open>);
}

}  // namespace surfedge::SURFEDGE_LEVEL
