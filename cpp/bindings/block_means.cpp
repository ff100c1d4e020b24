#include "kernels/block_means/block_means.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

Blocks blocks_of(const Array& image, py::handle block_px) {
    if (!PyTuple_Check(block_px.ptr()) || PyTuple_GET_SIZE(block_px.ptr()) != 2)
        refuse_type("block_px", py::repr(block_px), "(height, width)", "pass two whole numbers");
    size_t side[2];
    for (int axis = 0; axis < 2; ++axis) {
        const py::handle given = PyTuple_GET_ITEM(block_px.ptr(), axis);
        side[axis] = static_cast<size_t>(integer(given, "block_px", 1, kMaxBlockPx));
        if (image.size(axis) % side[axis] != 0)
            refuse_value("image", shape_text(image.shape, image.ndim),
                         "whole blocks of " + std::string(py::str(block_px)) + " px",
                         "cut it to a multiple of them");
    }
    return {image.size(0) / side[0], image.size(1) / side[1], side[0], side[1],
            image.ndim == 3 ? size_t{3} : size_t{1}};
}

py::object block_means_(py::handle image_, py::handle block_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kU8), 2, 3, "(H, W) or (H, W, 3)");
    if (image.ndim == 3 && image.size(2) != 3)
        refuse_value("image", array_text(image_), "shape (H, W) or (H, W, 3)", "pass a grey or RGB image");
    const Blocks blocks = blocks_of(image, block_px);
    py::object out = image.ndim == 3 ? output(out_, kU8, {blocks.rows, blocks.columns, 3}, {image})
                                     : output(out_, kU8, {blocks.rows, blocks.columns}, {image});
    uint8_t* means = data_of<uint8_t>(out);
    without_gil([&] { block_means(image.as<uint8_t>(), blocks, means); });
    return out;
}

}  // namespace

void bind_block_means(py::module_& module) {
    module.def("block_means", &block_means_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
