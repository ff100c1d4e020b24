#pragma once
// Exact quantile of floats by selection.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

// The element of rank ceil(q (count - 1)), from 0, in ascending order; NaN when any element is NaN.
// count >= 1, 0 <= q <= 1.
float quantile(const float* values, size_t count, double q);

}  // namespace surfedge::SURFEDGE_LEVEL
