#include "kernels/regions/regions.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::object regions_(py::handle mask_, py::handle scores_) {
    const Array mask = input(mask_, "mask", bit(kBool), 2, 2, "(H, W)");
    const size_t height = mask.size(0), width = mask.size(1);
    if (height > INT32_MAX || width > INT32_MAX)
        refuse_value("mask", shape_text(mask.shape, 2), "sides below 2^31", "cut it into tiles");
    const float* scores = nullptr;
    if (!scores_.is_none()) {
        const Array given = input(scores_, "scores", bit(kF32), 2, 2, "(H, W)");
        require_same_shape(mask, "mask", given, "scores");
        scores = given.as<float>();
    }
    std::vector<Region> found;
    without_gil([&] { found = regions(mask.as<uint8_t>(), scores, height, width); });
    auto* kept = new std::vector<Region>(std::move(found));  // the array's memory from here on
    const py::capsule owner(kept, [](void* memory) { delete static_cast<std::vector<Region>*>(memory); });
    return py::array_t<Region>(static_cast<py::ssize_t>(kept->size()), kept->data(), owner);
}

}  // namespace

void bind_regions(py::module_& module) {
    PYBIND11_NUMPY_DTYPE(Region, x, y, width, height, area, centroid_x, centroid_y, max_score, mean_score);
    module.def("regions", &regions_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
