#pragma once
// Structural similarity of two images. Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality
// assessment: from error visibility to structural similarity", 2004, equation 13:
//
//   S = (2 ux uy + C1)(2 vxy + C2) / ((ux^2 + uy^2 + C1)(vx + vy + C2)),  C1 = (0.01 R)^2, C2 = (0.03 R)^2
//
// u: means over the window, v: sample (co)variances (NP / (NP - 1), NP = pixels of the window), R:
// data_range. Windows reach over the border into the mirrored image, edge pixel repeated (d c b a | a b c d |
// d c b a). u8 pixels stand for value / 255. S is exactly 1 where both windows are equal. A window that holds
// NaN, Inf or values whose squares overflow gives NaN; other windows are not touched.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

struct SsimWindow {
    int side_px = 11;       // odd, 3 to kSsimLargestSide; 11 when gaussian
    bool gaussian = false;  // sigma = 1.5 px, cut off after 5 px, instead of uniform weights
    double data_range = 1.0;
};

constexpr int kSsimLargestSide = 255;

// S for each pixel, height x width.
void ssim_map(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window, float* map);
void ssim_map(const float* x, const float* y, size_t height, size_t width, SsimWindow window, float* map);

// Mean of S over the pixels whose window lies inside the image; height and width at least side_px.
double ssim(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window);
double ssim(const float* x, const float* y, size_t height, size_t width, SsimWindow window);

}  // namespace surfedge::SURFEDGE_LEVEL
