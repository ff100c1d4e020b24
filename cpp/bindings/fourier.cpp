#include "kernels/fourier/fourier.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

Array image_input(py::handle image_) {
    const Array image = input(image_, "image", bit(kF32), 2, 2, "(H, W)");
    if (image.count() == 0)
        refuse_value("image", shape_text(image.shape, 2), "at least 1 x 1 pixel", "leave empty images out");
    if (image.size(0) > INT32_MAX || image.size(1) > INT32_MAX)
        refuse_value("image", shape_text(image.shape, 2), "sides below 2^31", "cut it into tiles");
    return image;
}

// name must have one value per frequency of an image of height x width.
void require_half(const Array& given, const char* name, size_t height, size_t width) {
    if (given.size(0) == height && given.size(1) == spectrum_columns(width)) return;
    const py::ssize_t wanted[2] = {static_cast<py::ssize_t>(height),
                                   static_cast<py::ssize_t>(spectrum_columns(width))};
    refuse_value(name, shape_text(given.shape, 2), "(H, W // 2 + 1) = " + shape_text(wanted, 2),
                 std::string("make ") + name + " for the image's shape");
}

py::object rfft2_(py::handle image_, py::handle out_) {
    const Array image = image_input(image_);
    const size_t height = image.size(0), width = image.size(1);
    py::object out = output(out_, kC64, {height, spectrum_columns(width)}, {image});
    float* spectrum = data_of<float>(out);
    without_gil([&] { rfft2(image.as<float>(), spectrum, height, width); });
    return out;
}

py::object irfft2_(py::handle spectrum_, py::handle shape, py::handle out_) {
    const Array spectrum = input(spectrum_, "spectrum", bit(kC64), 2, 2, "(H, W // 2 + 1)");
    const auto [height_, width_] = shape_of(shape);
    const size_t height = height_, width = width_;  // a lambda takes no structured binding
    require_half(spectrum, "spectrum", height, width);
    py::object out = output(out_, kF32, {height, width}, {spectrum});
    float* image = data_of<float>(out);
    without_gil([&] { irfft2(spectrum.as<float>(), image, height, width); });
    return out;
}

py::object filter_spectrum_(py::handle image_, py::handle gain_, py::handle out_) {
    const Array image = image_input(image_);
    const Array gain = input(gain_, "gain", bit(kF32), 2, 2, "(H, W // 2 + 1)");
    const size_t height = image.size(0), width = image.size(1);
    require_half(gain, "gain", height, width);
    py::object out = output(out_, kF32, {height, width}, {image, gain});
    float* filtered = data_of<float>(out);
    without_gil([&] { filter_spectrum(image.as<float>(), gain.as<float>(), filtered, height, width); });
    return out;
}

py::object autocorrelation_(py::handle planes_, py::handle shape, py::handle gain_, py::handle out_) {
    const Array planes = input(planes_, "planes", bit(kF32), 3, 3, "(N, H, W)");
    if (planes.count() == 0)
        refuse_value("planes", shape_text(planes.shape, 3), "at least one of 1 x 1", "leave it out");
    const auto [height_, width_] = shape_of(shape);
    const size_t height = height_, width = width_;
    const PlaneSize size{planes.size(1), planes.size(2)}, padded{height, width};
    if (size.height > height || size.width > width)
        refuse_value("shape", py::repr(shape), "not less than a plane's " + shape_text(planes.shape + 1, 2),
                     "pass the shape with zeros around");
    Array gain;  // of no data: 1
    if (!gain_.is_none()) {
        gain = input(gain_, "gain", bit(kF32), 2, 2, "(H, W // 2 + 1)");
        require_half(gain, "gain", height, width);
    }
    py::object out = output(out_, kF32, {height / 2 + 1, width}, {planes, gain});
    float* found = data_of<float>(out);
    without_gil(
        [&] { autocorrelation(planes.as<float>(), planes.size(0), size, padded, gain.as<float>(), found); });
    return out;
}

}  // namespace

void bind_fourier(py::module_& module) {
    module.def("rfft2", &rfft2_);
    module.def("irfft2", &irfft2_);
    module.def("filter_spectrum", &filter_spectrum_);
    module.def("autocorrelation", &autocorrelation_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
