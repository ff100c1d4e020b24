#pragma once
// Standard deviation of square patches and their z-scores: defect zone localisation, after "Surface defect
// detection with few labels by autoencoder features" (Clecim, 2024), algorithm 2.
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
#include <optional>

namespace surfedge::SURFEDGE_LEVEL {

struct PatchGrid {
    size_t height, width, patch_px;  // patch_px >= 1
    size_t rows() const { return (height + patch_px - 1) / patch_px; }
    size_t columns() const { return (width + patch_px - 1) / patch_px; }
};

// deviation: rows() x columns(). Exact in integers for u8; for float32 two passes over each patch.
void patch_std(const uint8_t* image, PatchGrid grid, float* deviation);
void patch_std(const float* image, PatchGrid grid, float* deviation);

// z grown from one value per patch to one per pixel, height x width. All 0 where std(sigma) = 0.
void dzl_map(const uint8_t* image, PatchGrid grid, float* map);
void dzl_map(const float* image, PatchGrid grid, float* map);

// 1 where !(z <= threshold), so that NaN is marked, else 0: height x width. No threshold: std(sigma).
void dzl(const uint8_t* image, PatchGrid grid, std::optional<double> threshold, uint8_t* mask);
void dzl(const float* image, PatchGrid grid, std::optional<double> threshold, uint8_t* mask);

}  // namespace surfedge::SURFEDGE_LEVEL
