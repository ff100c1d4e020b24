#pragma once
// Standard deviation of square patches and their z-scores: defect zone localisation.
//
// sigma_i  = population standard deviation of patch i
// z_i      = (sigma_i - mean(sigma)) / std(sigma)
// mask     = z > t, default t = std(sigma), grown back to the image's size
//
// Patches start at the top left; those at the right and bottom edge are smaller: every pixel is judged.
// u8 pixels stand for value / 255. A patch that holds NaN or Inf (or float32 squares that overflow) has
// sigma = NaN, is left out of mean(sigma) and std(sigma), and has z = NaN.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

struct PatchGrid {
    size_t height, width, patch_px;  // patch_px >= 1
    size_t rows() const { return (height + patch_px - 1) / patch_px; }
    size_t columns() const { return (width + patch_px - 1) / patch_px; }
};

// deviation: rows() x columns(). Exact in integers for u8; for float32 two passes over each patch.
void patch_std(const uint8_t* image, PatchGrid grid, float* deviation);
void patch_std(const float* image, PatchGrid grid, float* deviation);

// Mean and population standard deviation of the finite among `count` values, in double precision, summed in
// an order that depends on `count` only. No finite value: mean = std = 0.
struct Spread {
    double mean, std;
};
Spread spread(const float* values, size_t count);

// deviation, rows() x columns(), becomes z in place; all 0 where std(sigma) = 0.
void standardise(float* deviation, size_t count, Spread over);

// One value per patch grown to one per pixel, height x width; mask: !(z <= threshold), so NaN is marked.
void grow_map(const float* z, PatchGrid grid, float* map);
void grow_mask(const float* z, PatchGrid grid, double threshold, uint8_t* mask);

}  // namespace surfedge::SURFEDGE_LEVEL
