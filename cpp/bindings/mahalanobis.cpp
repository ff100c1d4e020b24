#include "kernels/mahalanobis/mahalanobis.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::object mahalanobis_(py::handle x_, py::handle mean_, py::handle whitener_, py::handle out_) {
    const Array x = input(x_, "x", bit(kF32), 2, 2, "(D, N)");
    const Array mean = input(mean_, "mean", bit(kF32), 1, 1, "(D,)");
    const Array whitener = input(whitener_, "whitener", bit(kF32), 2, 2, "(D, D)");
    const size_t size = x.size(0), count = x.size(1);
    if (mean.size(0) != size || whitener.size(0) != size || whitener.size(1) != size)
        refuse_value("whitener", array_text(whitener_) + " with a mean of " + array_text(mean_),
                     "(D, D) and (D,) for x of shape (D, N) = " + shape_text(x.shape, x.ndim),
                     "learn them again");
    py::object out = output(out_, kF32, {count}, {x, mean, whitener});
    float* distance = data_of<float>(out);
    without_gil(
        [&] { mahalanobis(x.as<float>(), size, count, mean.as<float>(), whitener.as<float>(), distance); });
    return out;
}

}  // namespace

void bind_mahalanobis(py::module_& module) {
    module.def("mahalanobis", &mahalanobis_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
