#include "kernels/limits/limits.hpp"

#include <string>

#include "bindings/array.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

double checked_seconds(py::handle seconds_) {
    const double seconds = real(seconds_, "seconds");
    if (!(seconds > 0.0 && seconds <= 60.0))
        refuse_value("seconds", std::to_string(seconds), "above 0 to 60", "pass how long to measure");
    return seconds;
}

py::tuple memory_rates_(py::handle memory_, py::handle seconds_) {
    const Array memory = input(memory_, "memory", bit(kU8), 1, 1, "(N,)");
    if (memory.count() < 4096) refuse_value("memory", array_text(memory_), "4096 bytes or more", "pass more");
    if (!py::reinterpret_borrow<py::array>(memory_).writeable())
        refuse_value("memory", "a read-only array", "a writeable one", "pass a copy of it");
    const double seconds = checked_seconds(seconds_);
    const MemoryRates rates =
        without_gil([&] { return memory_rates(memory.as<uint8_t>(), memory.count(), seconds); });
    return py::make_tuple(rates.read, rates.copy);
}

double arithmetic_rate_(py::handle seconds_) {
    const double seconds = checked_seconds(seconds_);
    return without_gil([&] { return arithmetic_rate(seconds); });
}

}  // namespace

void bind_limits(py::module_& module) {
    module.def("memory_rates", &memory_rates_);
    module.def("arithmetic_rate", &arithmetic_rate_);
}

}  // namespace surfedge::SURFEDGE_LEVEL
