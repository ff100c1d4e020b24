#include "kernels/nearest/nearest.hpp"

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kMostEntries = size_t{1} << 24;

py::tuple nearest_(py::handle x_, py::handle bank_) {
    const Array x = input(x_, "x", bit(kF32), 2, 2, "(D, N)");
    const Array bank = input(bank_, "bank", bit(kF32), 2, 2, "(M, D)");
    const size_t size = x.size(0), count = x.size(1), entries = bank.size(0);
    if (bank.size(1) != size || entries == 0 || entries > kMostEntries)
        refuse_value("bank", array_text(bank_),
                     "(M, D), M from 1 to 16,777,216, for x of shape (D, N) = " + shape_text(x.shape, x.ndim),
                     "learn it again from the same features");
    py::object distance = output(py::none(), kF32, {count}), index = output(py::none(), kI32, {count});
    float* distances = data_of<float>(distance);
    int32_t* indices = data_of<int32_t>(index);
    without_gil([&] { nearest(x.as<float>(), size, count, bank.as<float>(), entries, distances, indices); });
    return py::make_tuple(distance, index);
}

}  // namespace

void bind_nearest(py::module_& module) {
    module.def("nearest", &nearest_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
