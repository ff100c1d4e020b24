#include "kernels/frame_statistics/frame_statistics.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::tuple frame_statistics_(py::handle image_, py::handle low_, py::handle high_) {
    const Array image = input(image_, "image", bit(kU8) | bit(kF32), 2, 2, "(H, W)");
    if (image.count() == 0)
        refuse_value("image", shape_text(image.shape, 2), "at least one pixel", "check the crop");
    const double low = real(low_, "low"), high = real(high_, "high");
    const FrameStatistics found = without_gil([&] {
        if (image.type == kU8)
            return frame_statistics(image.as<uint8_t>(), image.size(0), image.size(1),
                                    static_cast<uint8_t>(low), static_cast<uint8_t>(high));
        return frame_statistics(image.as<float>(), image.size(0), image.size(1), static_cast<float>(low),
                                static_cast<float>(high));
    });
    return py::make_tuple(found.mean, found.deviation, found.across, found.along, found.dark, found.bright,
                          found.constant, found.repeated);
}

}  // namespace

void bind_frame_statistics(py::module_& module) {
    module.def("frame_statistics", &frame_statistics_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
