#include "kernels/tiles/tiles.hpp"

#include <string>

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

TileGrid tile_grid(const char* name, size_t height, size_t width, size_t channels, int64_t tile_px,
                   py::handle stride_px) {
    const size_t tile = static_cast<size_t>(tile_px);
    const size_t stride = static_cast<size_t>(integer(stride_px, "stride_px", 1, tile_px));
    if (height < tile || width < tile)
        refuse_value(name, std::to_string(height) + " x " + std::to_string(width) + " pixels",
                     "both sides at least tile_px = " + std::to_string(tile),
                     "pad the image, or use smaller tiles");
    return {{height, tile, stride}, {width, tile, stride}, channels};
}

py::object cut_tiles_(py::handle image_, py::handle tile_px, py::handle stride_px, py::handle out_) {
    const Array image = input(image_, "image", bit(kU8) | bit(kF32), 2, 3, "(H, W) or (H, W, C)");
    const int64_t side = integer(tile_px, "tile_px", 1, INT32_MAX);
    const size_t channels = image.ndim == 3 ? image.size(2) : 1;
    const TileGrid grid = tile_grid("image", image.size(0), image.size(1), channels, side, stride_px);
    const size_t tile = grid.rows.tile_px;
    py::object out = image.ndim == 3 ? output(out_, image.type, {grid.count(), tile, tile, channels}, {image})
                                     : output(out_, image.type, {grid.count(), tile, tile}, {image});
    void* tiles = data_of<void>(out);
    without_gil([&] { cut_tiles(image.data, grid, image.itemsize(), tiles); });
    return out;
}

py::object average_tiles_(py::handle tiles_, py::handle shape_, py::handle stride_px, py::handle out_) {
    const Array tiles = input(tiles_, "tiles", bit(kF32), 3, 4, "(N, t, t) or (N, t, t, C)");
    const bool deep = tiles.ndim == 4;
    if (!py::isinstance<py::tuple>(shape_) && !py::isinstance<py::list>(shape_))
        refuse_type("shape", py::repr(shape_), "a tuple of int", "pass image.shape");
    const py::sequence shape = py::reinterpret_borrow<py::sequence>(shape_);
    if (shape.size() != (deep ? 3u : 2u))
        refuse_value("shape", py::repr(shape), deep ? "(H, W, C)" : "(H, W)",
                     "pass the shape of the image cut");
    size_t lengths[3] = {0, 0, 1};
    for (size_t i = 0; i < shape.size(); ++i)
        lengths[i] = static_cast<size_t>(integer(py::object(shape[i]), "shape", 0, INT32_MAX));
    if (tiles.shape[1] != tiles.shape[2] || tiles.shape[1] == 0 || (deep && tiles.size(3) != lengths[2]))
        refuse_value("tiles", shape_text(tiles.shape, tiles.ndim), deep ? "(N, t, t, C)" : "(N, t, t)",
                     "pass tiles as cut_tiles makes them");
    const TileGrid grid = tile_grid("shape", lengths[0], lengths[1], lengths[2], tiles.shape[1], stride_px);
    if (tiles.size(0) != grid.count())
        refuse_value("tiles", std::to_string(tiles.size(0)) + " tiles", std::to_string(grid.count()),
                     "pass the shape and stride_px that the tiles were cut with");
    py::object out = deep ? output(out_, kF32, {lengths[0], lengths[1], lengths[2]}, {tiles})
                          : output(out_, kF32, {lengths[0], lengths[1]}, {tiles});
    float* image = data_of<float>(out);
    without_gil([&] { average_tiles(tiles.as<float>(), grid, image); });
    return out;
}

}  // namespace

void bind_tiles(py::module_& module) {
    module.def("cut_tiles", &cut_tiles_);
    module.def("average_tiles", &average_tiles_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
