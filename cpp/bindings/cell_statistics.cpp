#include "kernels/cell_statistics/cell_statistics.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

CellGrid cell_grid(const Array& image, py::handle cell_px) {
    if (image.size(0) == 0 || image.size(1) == 0)
        refuse_value("image", shape_text(image.shape, image.ndim), "at least one pixel", "pass an image");
    return {image.size(0), image.size(1), static_cast<size_t>(integer(cell_px, "cell_px", 2, 1024))};
}

py::object cell_statistics_(py::handle image_, py::handle cell_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kU8) | bit(kF32), 2, 2, "(H, W)");
    const CellGrid grid = cell_grid(image, cell_px);
    py::object out = output(out_, kF32, {kCellFigures, grid.rows(), grid.columns()}, {image});
    float* figures = data_of<float>(out);
    without_gil([&] {
        if (image.type == kU8)
            cell_statistics(image.as<uint8_t>(), grid, figures);
        else
            cell_statistics(image.as<float>(), grid, figures);
    });
    return out;
}

py::object cell_means_(py::handle image_, py::handle cell_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kU8) | bit(kF32), 3, 3, "(H, W, 3)");
    if (image.size(2) != 3) refuse_value("image", array_text(image_), "shape (H, W, 3)", "pass an RGB image");
    const CellGrid grid = cell_grid(image, cell_px);
    py::object out = output(out_, kF32, {3, grid.rows(), grid.columns()}, {image});
    float* means = data_of<float>(out);
    without_gil([&] {
        if (image.type == kU8)
            cell_means(image.as<uint8_t>(), grid, means);
        else
            cell_means(image.as<float>(), grid, means);
    });
    return out;
}

}  // namespace

void bind_cell_statistics(py::module_& module) {
    module.def("cell_statistics", &cell_statistics_);
    module.def("cell_means", &cell_means_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
