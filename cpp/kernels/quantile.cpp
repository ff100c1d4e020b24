#include "kernels/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/parallel.hpp"

namespace surfedge::SURFEDGE_LEVEL {

float quantile(const float* values, size_t count, double q) {
    const size_t rank = static_cast<size_t>(std::ceil(q * static_cast<double>(count - 1)));
    float* copy = scratch<float>(0, count);
    for (size_t i = 0; i < count; ++i) {
        if (values[i] != values[i]) return std::numeric_limits<float>::quiet_NaN();
        copy[i] = values[i];
    }
    std::nth_element(copy, copy + rank, copy + count);
    return copy[rank];
}

}  // namespace surfedge::SURFEDGE_LEVEL
