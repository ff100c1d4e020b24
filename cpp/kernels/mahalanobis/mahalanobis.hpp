#pragma once
// Mahalanobis distance of many vectors from one mean: |W (x - mean)| with a lower-triangular whitener W,
// W C W' = 1 for the covariance C. P. C. Mahalanobis, "On the generalised distance in statistics", 1936.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

// x: size x count, one vector per column; mean: size; whitener: size x size of which the lower triangle is
// read; distance: count. A vector that holds NaN has distance NaN.
void mahalanobis(const float* x, size_t size, size_t count, const float* mean, const float* whitener,
                 float* distance);

}  // namespace surfedge::SURFEDGE_LEVEL
