#pragma once
// Two images to be compared, cut into tiles. Rows of S of a tile come from one of two classes, StripRows and
// WideRows:
//   Rows::plan(pair)           how the image is cut
//   Rows(pair, window, tile)   takes in what lies above the first row
//   next()                     makes Rows::kRows further rows
//   similarity(k)              S of the k-th of them, from the tile's first column on

#include <algorithm>
#include <cmath>

#include "kernels/ssim/formula.hpp"
#include "kernels/ssim/ssim.hpp"
#include "kernels/support/mirrored.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// What the threads keep: all that a tile needs, where its rows begin, the sums of all tiles.
enum class SsimSlot { tile, rows, sums, end };

// Outputs [x0, x1) x [y0, y1).
struct Tile {
    size_t x0, x1, y0, y1;
};

// Tiles of at most so many columns and rows, numbered from the top down, then from left to right.
struct TilePlan {
    size_t height, width, columns, rows;
    size_t down() const { return (height + rows - 1) / rows; }
    size_t count() const { return (width + columns - 1) / columns * down(); }
    Tile tile(size_t index) const {
        const size_t x0 = index / down() * columns, y0 = index % down() * rows;
        return {x0, std::min(width, x0 + columns), y0, std::min(height, y0 + rows)};
    }
};

template <class Pixel>
struct ImagePair {
    const Pixel *x, *y;
    size_t height, width, side;
    double range;  // in the pixels' own unit

    size_t radius() const { return side / 2; }

    // `total`: the sum of a window's weights. The scale brings its sums near 1, and is exact.
    Units units(const Tile& tile, double total) const {
        const float scale = static_cast<float>(std::exp2(-std::round(std::log2(range * total))));
        const float u = typical(x, tile) * scale, v = typical(y, tile) * scale;
        // d of equal windows is to stay 0 where the images differ elsewhere.
        const bool alike = std::abs(u - v) < 0.125 * range * static_cast<double>(scale);
        return {scale, u + v, alike ? 0.0f : u - v};
    }

    Formula formula(const Units& units, double total) const {
        return {static_cast<double>(side * side), total, range * static_cast<double>(units.scale), units};
    }

    // Median of 5 x 5 pixels; 0 when that is not a usable number.
    float typical(const Pixel* image, const Tile& tile) const {
        float found[25];
        size_t n = 0;
        for (size_t i = 0; i < 25; ++i) {
            const size_t row = tile.y0 + (tile.y1 - tile.y0) * (i / 5) / 5;
            const size_t column = tile.x0 + (tile.x1 - tile.x0) * (i % 5) / 5;
            const float value = static_cast<float>(image[row * width + column]);
            if (std::isfinite(value)) found[n++] = value;
        }
        if (n == 0) return 0.0f;
        std::nth_element(found, found + n / 2, found + n);
        return found[n / 2];
    }
};

// s and d of a vector of pixels.
struct PairUnits {
    F32 scale, minus_s, minus_d;
    explicit PairUnits(const Units& units)
        : scale(splat<F32>(units.scale)),
          minus_s(splat<F32>(-units.shift_s)),
          minus_d(splat<F32>(units.shift_d)) {}
    SURFEDGE_INLINE F32 s(F32 x, F32 y) const { return fused(x, scale, fused(y, scale, minus_s)); }
    SURFEDGE_INLINE F32 d(F32 x, F32 y) const { return fused(x, scale, -fused(y, scale, minus_d)); }
};

}  // namespace surfedge::SURFEDGE_LEVEL
