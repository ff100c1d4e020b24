// mahalanobis: row by row of the whitener.

#include "kernels/mahalanobis/mahalanobis.hpp"

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_mahalanobis(size_t size, size_t count) {
    const Floats x = picture<float>({size, count}), mean = picture<float>({1, size}),
                 whitener = picture<float>({size, size});
    check<float>(
        "mahalanobis", {1, count}, 1e-4,
        [&](float* out) { se::mahalanobis(x.data(), size, count, mean.data(), whitener.data(), out); },
        [&](size_t, size_t vector) {
            double squares = 0;
            for (size_t i = 0; i < size; ++i) {
                double sum = 0;
                for (size_t j = 0; j <= i; ++j)
                    sum += static_cast<double>(whitener[i * size + j]) *
                           (static_cast<double>(x[j * count + vector]) - static_cast<double>(mean[j]));
                squares += sum * sum;
            }
            return std::sqrt(squares);
        });
}

}  // namespace plain
