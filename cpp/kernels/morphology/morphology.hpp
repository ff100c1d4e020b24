#pragma once
// Erosion, dilation and opening by a disk x^2 + y^2 <= r^2, for masks, u8 and float32 images.
//
// Pixels outside the image do not take part (as cv2.erode's default border): a minimum or maximum is over the
// part of the disk that lies in the image. Radius 0 is the identity. Opening is erosion, then dilation.
//
// Float32: NaN does not take part either; where the disk holds nothing else, erosion gives +Inf and dilation
// -Inf. Infinities are ordinary values. Whether a zero keeps its sign is not said.
//
// L. J. van Vliet, P. W. Verbeek, "Better geometric measurements based on photometric information", 1994, and
// P. Soille, "Morphological Image Analysis", 2003, chapter 3: chains of line segments.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

enum class Morphology { erode, dilate, open };

// image, out: height x width, row after row, apart from each other. radius <= kMaxRadius.
constexpr size_t kMaxRadius = 1024;

// Bytes != 0 are set; out is 0 or 1.
void morphology_mask(Morphology what, const uint8_t* image, uint8_t* out, size_t height, size_t width,
                     size_t radius);
void morphology_grey(Morphology what, const uint8_t* image, uint8_t* out, size_t height, size_t width,
                     size_t radius);
void morphology_grey(Morphology what, const float* image, float* out, size_t height, size_t width,
                     size_t radius);

}  // namespace surfedge::SURFEDGE_LEVEL
