// position_distances: row by row of each position's whitener.

#include "kernels/position_distances/position_distances.hpp"

#include <cstring>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_position_distances(size_t positions, size_t count, size_t size) {
    const Floats x = picture<float>({positions * count, size}), mean = picture<float>({positions, size});
    Floats numbers = picture<float>({positions, size * (size + 1) / 2});
    Bytes whiteners(2 * numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
        uint32_t bits;
        std::memcpy(&bits, &numbers[i], sizeof bits);
        bits &= 0xFFFF0000u;
        std::memcpy(&numbers[i], &bits, sizeof bits);
        whiteners[2 * i] = static_cast<uint8_t>(bits >> 16);
        whiteners[2 * i + 1] = static_cast<uint8_t>(bits >> 24);
    }
    check<float>(
        "position_distances", {positions, count}, 1e-4,
        [&](float* out) {
            se::position_distances(x.data(), positions, count, size, mean.data(), whiteners.data(), out);
        },
        [&](size_t position, size_t vector) {
            const float* from = x.data() + (position * count + vector) * size;
            const float* triangle = numbers.data() + position * (size * (size + 1) / 2);
            double squares = 0;
            for (size_t i = 0; i < size; ++i) {
                double sum = 0;
                size_t column = 0;
                for (size_t j = 0; j <= i; column += size - j, ++j)
                    sum += static_cast<double>(triangle[column + i - j]) *
                           (static_cast<double>(from[j]) - static_cast<double>(mean[position * size + j]));
                squares += sum * sum;
            }
            return std::sqrt(squares);
        });
}

}  // namespace plain
