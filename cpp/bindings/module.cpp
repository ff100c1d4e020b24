// Table of contents of the native module of one instruction-set level.

#include <pybind11/pybind11.h>

#include "bindings/array.hpp"
#include "kernels/support/cpu.hpp"
#include "kernels/support/parallel.hpp"

#define SURFEDGE_TEXT_(x) #x
#define SURFEDGE_TEXT(x) SURFEDGE_TEXT_(x)
#define SURFEDGE_JOIN_(a, b) a##b
#define SURFEDGE_JOIN(a, b) SURFEDGE_JOIN_(a, b)

namespace surfedge::SURFEDGE_LEVEL {

#define SURFEDGE_KERNEL(name) void bind_##name(py::module_& module);
#include "bindings/kernels.inc"
#undef SURFEDGE_KERNEL

namespace {

py::tuple cpu_level_names() {
    const CpuLevels has = cpu_levels();
    py::list names;
    if (has.v2) names.append("v2");
    if (has.v3) names.append("v3");
    if (has.v4) names.append("v4");
    if (has.neon) names.append("neon");
    return py::tuple(names);
}

void bind_machine(py::module_& module) {
    module.attr("level") = SURFEDGE_TEXT(SURFEDGE_LEVEL);
    module.def("cpu_levels", &cpu_level_names, "Levels that this CPU runs, lowest first.");
    module.def("threads", &threads);
    module.def("set_threads", [](py::handle count) {
        set_threads(static_cast<int>(integer(count, "count", 1, kMaxThreads)));
    });
}

}  // namespace
}  // namespace surfedge::SURFEDGE_LEVEL

PYBIND11_MODULE(SURFEDGE_JOIN(_native_, SURFEDGE_LEVEL), module, pybind11::mod_gil_not_used()) {
    using namespace surfedge::SURFEDGE_LEVEL;
    bind_machine(module);
#define SURFEDGE_KERNEL(name) bind_##name(module);
#include "bindings/kernels.inc"
#undef SURFEDGE_KERNEL
}
