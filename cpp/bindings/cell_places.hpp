#pragma once
// Arguments that say where the pixels of a repeated pattern lie in its cell.

#include "bindings/array.hpp"
#include "kernels/cell_deviations/cell_deviations.hpp"

namespace surfedge::SURFEDGE_LEVEL {

inline void read_plane(py::handle given, const char* name, double* plane) {
    if (!PySequence_Check(given.ptr()) || py::len(given) != 3)
        refuse_value(name, py::repr(given), "three numbers: by x, by y, at the origin",
                     "pass a plane of places");
    const py::sequence values = py::reinterpret_borrow<py::sequence>(given);
    for (size_t i = 0; i < 3; ++i) {
        plane[i] = real(values[i], name);
        if (!(plane[i] >= -1e9 && plane[i] <= 1e9))
            refuse_value(name, py::repr(given), "numbers within 1e9", "pass a plane of places");
    }
}

inline Array cell_input(py::handle median_) {
    const Array median = input(median_, "median", bit(kF32), 2, 2, "(rows, columns)");
    if (median.count() == 0 || median.count() > kMostCellSamples)
        refuse_value("median", array_text(median_), "1 to 4,194,304 samples", "resample the cell");
    return median;
}

inline Array shifts_input(py::handle shifts_) {
    return input(shifts_, "shifts", bit(kF32), 3, 3, "(rows, columns, 2)");
}

// shifts : of shifts_input. Refuses a grid that does not cover the image.
inline CellPlaces cell_places(const Array& image, const Array& shifts, py::handle shifts_, py::handle across,
                              py::handle along, py::handle step_px) {
    CellPlaces places{{}, {}, shifts.as<float>(), shifts.size(0), shifts.size(1), 0};
    read_plane(across, "across", places.across);
    read_plane(along, "along", places.along);
    places.step_px = static_cast<size_t>(integer(step_px, "step_px", 2, 1 << 20));
    if (shifts.size(2) != 2 || !places.cover(image.size(0), image.size(1)))
        refuse_value("shifts", array_text(shifts_), "shape (rows, columns, 2) that covers the image",
                     "pass a grid that reaches beyond the image");
    return places;
}

}  // namespace surfedge::SURFEDGE_LEVEL
