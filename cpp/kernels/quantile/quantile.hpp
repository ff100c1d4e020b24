#pragma once
// Exact quantile of floats by selection.
// R. W. Floyd, R. L. Rivest, "Expected time bounds for selection", 1975: two elements of a small sample
// enclose the rank wanted almost surely; one pass counts what lies below and keeps the few between them.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

constexpr int kQuantileSlots = 4;  // scratch slots from 0: a kernel that calls it holds none of them

// The element of rank ceil(q (count - 1)), from 0, in ascending order; NaN when any element is NaN; 0 for -0.
// count >= 1, 0 <= q <= 1.
float quantile(const float* values, size_t count, double q);

}  // namespace surfedge::SURFEDGE_LEVEL
