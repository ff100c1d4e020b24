#include "kernels/position_distances/position_distances.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::object position_distances_(py::handle x_, py::handle mean_, py::handle whiteners_, py::handle out_) {
    const Array x = input(x_, "x", bit(kF32), 3, 3, "(P, N, D)");
    const Array mean = input(mean_, "mean", bit(kF32), 2, 2, "(P, D)");
    const Array whiteners = input(whiteners_, "whiteners", bit(kU8), 2, 2, "(P, D (D + 1))");
    const size_t positions = x.size(0), count = x.size(1), size = x.size(2);
    if (mean.size(0) != positions || mean.size(1) != size || whiteners.size(0) != positions ||
        whiteners.size(1) != size * (size + 1))
        refuse_value("whiteners", array_text(whiteners_) + " with a mean of " + array_text(mean_),
                     "(P, D (D + 1)) and (P, D) for x of shape (P, N, D) = " + shape_text(x.shape, x.ndim),
                     "learn them again");
    py::object out = output(out_, kF32, {positions, count}, {x, mean, whiteners});
    float* distance = data_of<float>(out);
    without_gil([&] {
        position_distances(x.as<float>(), positions, count, size, mean.as<float>(), whiteners.as<uint8_t>(),
                           distance);
    });
    return out;
}

}  // namespace

void bind_position_distances(py::module_& module) {
    module.def("position_distances", &position_distances_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
