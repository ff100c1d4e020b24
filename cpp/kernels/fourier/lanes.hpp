#pragma once
// Complex Fourier transforms in place, one per vector lane.
//
// An array of elements, each kLanes<F32> real parts and then as many imaginary parts: element j starts at 2
// kLanes j.

#include "kernels/fourier/plan.hpp"
#include "kernels/simd/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// exp(-i ...) or exp(+i ...). A transform with real and imaginary parts exchanged is the one in the other
// direction.
enum FftDirection { kForward, kBackward };

// From order to places, and from places to order. work_length elements; unscaled.
void decimate_in_frequency(const FftPlan& plan, float* elements, FftDirection direction);
void decimate_in_time(const FftPlan& plan, float* elements, FftDirection direction);

// Forward: from order to places. Backward: from places to order. Unscaled; memory of work_length elements.
void transform_forward(const FftPlan& plan, float* elements);
void transform_backward(const FftPlan& plan, float* elements);

// Forward, each element times its factors, backward: order to order, unscaled but for the factors. factors:
// kLanes for each place.
void transform_filter(const FftPlan& plan, float* elements, const float* factors);

}  // namespace surfedge::SURFEDGE_LEVEL
