#pragma once
// Mahalanobis distances where each position has a mean and a whitener of its own: |W_p (x - mean_p)|, W_p
// lower triangular in bfloat16. T. Defard et al., "PaDiM: a patch distribution modeling framework for anomaly
// detection and localization", 2021, section III-C.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

// x: positions x count x size, `count` vectors at each position; mean: positions x size; whiteners: positions
// x size (size + 1) bytes, each the columns of a lower triangle one after the other (column j holds rows j to
// size - 1) in bfloat16, low byte first; distance: positions x count. Products are float32. The
// distance of a vector with NaN or infinity is not finite.
void position_distances(const float* x, size_t positions, size_t count, size_t size, const float* mean,
                        const uint8_t* whiteners, float* distance);

}  // namespace surfedge::SURFEDGE_LEVEL
