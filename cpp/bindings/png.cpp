#include "kernels/png/png.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

bool png_pixels_(py::handle file_, py::handle out_) {
    const Array file = input(file_, "file", bit(kU8), 1, 1, "(N,)");
    const Array pixels = input(out_, "out", bit(kU8), 2, 3, "(H, W) or (H, W, 3)");
    const PngSize size{pixels.size(0), pixels.size(1), pixels.ndim == 3 ? pixels.size(2) : size_t{1}};
    if (pixels.count() == 0 || (pixels.ndim == 3 && size.channels != 3) || size.line() > kMaxPngLine)
        refuse_value("out", array_text(out_), "shape (H, W) or (H, W, 3), not empty, rows of at most 1 MiB",
                     "decode it by other means");
    if (!py::reinterpret_borrow<py::array>(out_).writeable())
        refuse_value("out", "a read-only array", "a writeable one", "pass a copy of it");
    return without_gil(
        [&] { return png_pixels(file.as<uint8_t>(), file.size(0), size, pixels.as<uint8_t>()); });
}

}  // namespace

void bind_png(py::module_& module) {
    module.def("png_pixels", &png_pixels_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
