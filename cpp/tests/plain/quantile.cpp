// quantile: by sorting.

#include "kernels/quantile/quantile.hpp"

#include <algorithm>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_quantile(size_t count, double q) {
    const Floats values = picture<float>({1, count});
    Floats sorted = values;
    std::sort(sorted.begin(), sorted.end());
    check<float>(
        "quantile", {1, 1}, 0, [&](float* out) { *out = se::quantile(values.data(), count, q); },
        [&](size_t, size_t) {
            return static_cast<double>(
                sorted[static_cast<size_t>(std::ceil(q * static_cast<double>(count - 1)))]);
        });
}

}  // namespace plain
