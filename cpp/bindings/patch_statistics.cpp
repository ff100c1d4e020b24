#include "kernels/patch_statistics/patch_statistics.hpp"

#include <algorithm>

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

PatchGrid patch_grid(const Array& image, py::handle patch_px) {
    const size_t px = static_cast<size_t>(integer(patch_px, "patch_px", 1, INT32_MAX));
    const size_t height = image.size(0), width = image.size(1);
    return {height, width, std::min(px, std::max({height, width, size_t{1}}))};
}

py::object patch_std_(py::handle image_, py::handle patch_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kU8) | bit(kF32), 2, 2, "(H, W)");
    const PatchGrid grid = patch_grid(image, patch_px);
    py::object out = output(out_, kF32, {grid.rows(), grid.columns()}, {image});
    float* deviation = data_of<float>(out);
    without_gil([&] {
        if (image.type == kU8)
            patch_std(image.as<uint8_t>(), grid, deviation);
        else
            patch_std(image.as<float>(), grid, deviation);
    });
    return out;
}

py::object dzl_map_(py::handle image_, py::handle patch_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kU8) | bit(kF32), 2, 2, "(H, W)");
    const PatchGrid grid = patch_grid(image, patch_px);
    py::object out = output(out_, kF32, {grid.height, grid.width}, {image});
    float* map = data_of<float>(out);
    without_gil([&] {
        if (image.type == kU8)
            dzl_map(image.as<uint8_t>(), grid, map);
        else
            dzl_map(image.as<float>(), grid, map);
    });
    return out;
}

py::object dzl_(py::handle image_, py::handle patch_px, py::handle threshold_, py::handle out_) {
    const Array image = input(image_, "image", bit(kU8) | bit(kF32), 2, 2, "(H, W)");
    const PatchGrid grid = patch_grid(image, patch_px);
    std::optional<double> threshold;
    if (!threshold_.is_none()) threshold = real(threshold_, "threshold");
    py::object out = output(out_, kBool, {grid.height, grid.width}, {image});
    uint8_t* mask = data_of<uint8_t>(out);
    without_gil([&] {
        if (image.type == kU8)
            dzl(image.as<uint8_t>(), grid, threshold, mask);
        else
            dzl(image.as<float>(), grid, threshold, mask);
    });
    return out;
}

}  // namespace

void bind_patch_statistics(py::module_& module) {
    module.def("patch_std", &patch_std_);
    module.def("dzl_map", &dzl_map_);
    module.def("dzl", &dzl_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
