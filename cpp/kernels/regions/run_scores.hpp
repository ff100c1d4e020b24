#pragma once
// Largest score and sum of scores along one run.

#include <algorithm>
#include <cstddef>
#include <limits>

namespace surfedge::SURFEDGE_LEVEL {

struct Scores {
    float max;
    double sum;
};

inline bool holds_nan(const float* score, size_t count) {
    return std::any_of(score, score + count, [](float value) { return value != value; });
}

// Four partial sums whatever the level: the order of the additions is part of the contract.
inline Scores scores_of(const float* score, size_t count) {
    constexpr float kLowest = -std::numeric_limits<float>::infinity();
    float max[4] = {kLowest, kLowest, kLowest, kLowest};
    double sum[4] = {};
    const auto add = [&](size_t lane, float value) {
        max[lane] = value > max[lane] ? value : max[lane];
        sum[lane] += static_cast<double>(value);
    };
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        for (size_t lane = 0; lane < 4; ++lane) add(lane, score[i + lane]);
    }
    for (; i < count; ++i) add(0, score[i]);
    Scores all{std::max(std::max(max[0], max[2]), std::max(max[1], max[3])),
               (sum[0] + sum[2]) + (sum[1] + sum[3])};
    if (all.sum != all.sum && holds_nan(score, count)) all.max = std::numeric_limits<float>::quiet_NaN();
    return all;
}

}  // namespace surfedge::SURFEDGE_LEVEL
