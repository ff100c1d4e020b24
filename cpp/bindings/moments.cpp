#include "kernels/moments/moments.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

py::object moments_(py::handle x_, py::handle kept_) {
    const Array x = input(x_, "x", bit(kF32), 2, 2, "(D, N)");
    const size_t size = x.size(0), count = x.size(1);
    const uint8_t* kept = nullptr;
    if (!kept_.is_none()) {
        const Array given = input(kept_, "kept", bit(kBool), 1, 1, "(N,)");
        if (given.size(0) != count)
            refuse_value("kept", array_text(kept_), "(N,) for x of shape (D, N) = " + shape_text(x.shape, 2),
                         "pass a value for each vector");
        kept = given.as<uint8_t>();
    }
    const py::array_t<double> mean(static_cast<py::ssize_t>(size)), covariance({size, size});
    double *means = data_of<double>(mean), *products = data_of<double>(covariance);
    without_gil([&] { moments(x.as<float>(), size, count, kept, means, products); });
    return py::make_tuple(mean, covariance);
}

}  // namespace

void bind_moments(py::module_& module) {
    module.def("moments", &moments_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
