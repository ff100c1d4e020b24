#include "kernels/quantile/quantile.hpp"

#include <string>

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

double quantile_(py::handle x_, py::handle q_) {
    const Array x = input(x_, "x", bit(kF32), 0, 32, "any");
    const double q = real(q_, "q");
    if (!(q >= 0.0 && q <= 1.0)) refuse_value("q", std::to_string(q), "0 to 1", "pass a share, not per cent");
    if (x.count() == 0) refuse_value("x", "no element", "at least one", "check what was selected");
    return without_gil([&] { return quantile(x.as<float>(), x.count(), q); });
}

}  // namespace

void bind_quantile(py::module_& module) {
    module.def("quantile", &quantile_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
