#include "kernels/local_waves/local_waves.hpp"

#include <cmath>
#include <vector>

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::object local_waves_(py::handle image_, py::handle frequencies_, py::handle step_px, py::handle sigma_px_,
                        py::handle shape, py::handle out_) {
    const Array image = input(image_, "image", bit(kF32), 2, 2, "(H, W)");
    const auto [rows, columns] = shape_of(shape);
    const double sigma_px = above_zero(sigma_px_, "sigma_px");
    const WaveGrid grid{rows, columns, static_cast<size_t>(integer(step_px, "step_px", 1, 1 << 20)),
                        sigma_px};
    if (rows > 1 << 20 || columns > 1 << 20)
        refuse_value("shape", py::repr(shape), "up to 1,048,576 points each way", "take a longer step");
    const auto refuse_frequencies = [&](const std::string& found) {
        refuse_value("frequencies", found, "one to 64 pairs of finite numbers (x, y)", "pass cycles per px");
    };
    if (!PySequence_Check(frequencies_.ptr()))
        refuse_type("frequencies", py::repr(frequencies_), "pairs (x, y)", "pass a list");
    std::vector<double> frequencies;
    for (const py::handle pair : frequencies_) {
        if (!PySequence_Check(pair.ptr()) || PySequence_Size(pair.ptr()) != 2)
            refuse_frequencies(py::repr(pair));
        for (const py::handle number : pair) frequencies.push_back(real(number, "frequencies"));
        if (!std::isfinite(frequencies.back()) || !std::isfinite(frequencies[frequencies.size() - 2]))
            refuse_frequencies(py::repr(pair));
    }
    const size_t count = frequencies.size() / 2;
    if (count == 0 || count > 64) refuse_frequencies(std::to_string(count) + " of them");
    py::object out = output(out_, kC64, {count, rows, columns}, {image});
    float* waves = data_of<float>(out);
    without_gil([&] {
        local_waves(image.as<float>(), image.size(0), image.size(1), grid, frequencies.data(), count, waves);
    });
    return out;
}

}  // namespace

void bind_local_waves(py::module_& module) {
    module.def("local_waves", &local_waves_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
