#pragma once
// Mean and covariance of many vectors, or of some of them.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

// x: size x count, one vector per column. kept: a byte per vector, those of 0 do not count; null: all count.
// mean: size; covariance: size x size, sums of products about the mean over how many count; NaN where none
// do. Products are taken in float32 about a mean rounded to it, and summed in double every kMomentsBlock
// vectors: relative to the root of the product of both variances an entry is off by at most 2^-24
// (kMomentsBlock + 4), and the mean by as much of the std. A vector that counts and holds NaN or infinity
// spoils what it goes into.
constexpr size_t kMomentsBlock = 256;

void moments(const float* x, size_t size, size_t count, const uint8_t* kept, double* mean,
             double* covariance);

}  // namespace surfedge::SURFEDGE_LEVEL
