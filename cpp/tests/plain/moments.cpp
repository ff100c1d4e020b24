// moments: sums in double, of every vector but each third.

#include "kernels/moments/moments.hpp"

#include <algorithm>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_moments(size_t size, size_t count) {
    const Floats x = picture<float>({size, count});
    std::vector<uint8_t> kept(count);
    for (size_t i = 0; i < count; ++i) kept[i] = i % 3 != 1;
    const auto mean_of_products = [&](size_t a, size_t b, double less_a, double less_b) {
        double sum = 0, number = 0;
        for (size_t i = 0; i < count; ++i) {
            if (!kept[i]) continue;
            const double one = static_cast<double>(x[a * count + i]) - less_a;
            sum += one * (b == size ? 1.0 : static_cast<double>(x[b * count + i]) - less_b), number += 1;
        }
        return sum / number;
    };
    const auto mean_of = [&](size_t row) { return mean_of_products(row, size, 0, 0); };
    std::vector<double> mean(size), covariance(size * size);
    check<float>(
        "moments", {size + 1, size}, 1e-6,
        [&](float* out) {
            se::moments(x.data(), size, count, kept.data(), mean.data(), covariance.data());
            std::transform(covariance.begin(), covariance.end(), out,
                           [](double value) { return static_cast<float>(value); });
            for (size_t i = 0; i < size; ++i) out[size * size + i] = static_cast<float>(mean[i]);
        },
        [&](size_t a, size_t b) {
            return a == size ? mean_of(b) : mean_of_products(a, b, mean_of(a), mean_of(b));
        });
}

}  // namespace plain
