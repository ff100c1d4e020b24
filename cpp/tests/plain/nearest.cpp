// nearest: every entry in turn.

#include "kernels/nearest/nearest.hpp"

#include <vector>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_nearest(size_t size, size_t count, size_t entries) {
    const Floats x = picture<float>({size, count}), bank = picture<float>({entries, size});
    std::vector<int32_t> index(count);
    check<float>(
        "nearest", {1, count}, 1e-3,
        [&](float* out) { se::nearest(x.data(), size, count, bank.data(), entries, out, index.data()); },
        [&](size_t, size_t vector) {
            double least = 0;
            for (size_t entry = 0; entry < entries; ++entry) {
                double squares = 0;
                for (size_t j = 0; j < size; ++j) {
                    const double difference = static_cast<double>(x[j * count + vector]) -
                                              static_cast<double>(bank[entry * size + j]);
                    squares += difference * difference;
                }
                least = entry == 0 ? squares : std::min(least, squares);
            }
            return std::sqrt(least);
        });
}

}  // namespace plain
