#include "kernels/ssim/ssim.hpp"

#include <cmath>
#include <string>

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

SsimWindow ssim_window(py::handle window_px, py::handle gaussian, py::handle data_range) {
    SsimWindow window;
    window.side_px = static_cast<int>(integer(window_px, "window_px", 3, kSsimLargestSide));
    window.gaussian = py::bool_(py::reinterpret_borrow<py::object>(gaussian));
    window.data_range = real(data_range, "data_range");
    if (window.side_px % 2 == 0)
        refuse_value("window_px", std::to_string(window.side_px), "an odd number", "add or take 1");
    if (window.gaussian && window.side_px != 11)
        refuse_value("window_px", std::to_string(window.side_px), "11 with gaussian=True",
                     "leave window_px away");
    if (!(window.data_range >= 1e-12 && window.data_range <= 1e12))
        refuse_value("data_range", std::to_string(window.data_range), "1e-12 to 1e12",
                     "pass largest minus smallest possible value");
    return window;
}

struct ImagePair {
    Array x, y;
    ImagePair(py::handle x_, py::handle y_)
        : x(input(x_, "x", bit(kU8) | bit(kF32), 2, 2, "(H, W)")),
          y(input(y_, "y", bit(kU8) | bit(kF32), 2, 2, "(H, W)")) {
        if (x.type != y.type)
            refuse_type("y", types_text(bit(y.type)), types_text(bit(x.type)) + " as x", "convert one");
        require_same_shape(x, "x", y, "y");
    }
};

py::object ssim_map_(py::handle x, py::handle y, py::handle window_px, py::handle gaussian,
                     py::handle data_range, py::handle out_) {
    const ImagePair pair(x, y);
    const SsimWindow window = ssim_window(window_px, gaussian, data_range);
    const size_t height = pair.x.size(0), width = pair.x.size(1);
    py::object out = output(out_, kF32, {height, width}, {pair.x, pair.y});
    float* map = data_of<float>(out);
    without_gil([&] {
        if (pair.x.type == kU8)
            ssim_map(pair.x.as<uint8_t>(), pair.y.as<uint8_t>(), height, width, window, map);
        else
            ssim_map(pair.x.as<float>(), pair.y.as<float>(), height, width, window, map);
    });
    return out;
}

double ssim_(py::handle x, py::handle y, py::handle window_px, py::handle gaussian, py::handle data_range) {
    const ImagePair pair(x, y);
    const SsimWindow window = ssim_window(window_px, gaussian, data_range);
    const size_t height = pair.x.size(0), width = pair.x.size(1), side = static_cast<size_t>(window.side_px);
    if (height < side || width < side)
        refuse_value("x", shape_text(pair.x.shape, 2),
                     "sides of at least window_px = " + std::to_string(side),
                     "pass a smaller window_px, or use ssim_map");
    return without_gil([&] {
        if (pair.x.type == kU8)
            return ssim(pair.x.as<uint8_t>(), pair.y.as<uint8_t>(), height, width, window);
        return ssim(pair.x.as<float>(), pair.y.as<float>(), height, width, window);
    });
}

}  // namespace

void bind_ssim(py::module_& module) {
    module.def("ssim_map", &ssim_map_);
    module.def("ssim", &ssim_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
