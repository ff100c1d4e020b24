#pragma once
// The figures of cells of bytes, in whole numbers: exact but for the last rounding to float, and twice the
// pixels to a vector. Sums run over pairs of columns, the sum of neighbouring lanes' products being one
// instruction.

#include <algorithm>
#include <type_traits>

#include "kernels/cell_statistics/rows.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Largest cell whose sums fit: 32^2 squares of a Laplacian of 1,020. Sides are even.
constexpr size_t kLargestByteCell = 32;
constexpr size_t kByteSums = 5;
constexpr size_t kCellRowsAtOnce = 16;  // pixels: neighbouring cell rows share their border lines

// What the cells of one or more rows of cells are told from, on one thread.
class ByteCells {
  public:
    explicit ByteCells(CellGrid grid)
        : grid_(grid),
          padded_(grid.columns() * grid.cell_px),
          whole_((padded_ + kLanes<I16> - 1) / kLanes<I16> * kLanes<I16>),
          pitch_(staggered<int16_t>(whole_ + 2 * kLanes<I16>)) {}

    // figures: planes of rows x columns; cell rows first ... end - 1.
    void figures_of(const uint8_t* image, size_t first, size_t end, float* figures) const {
        const size_t p = grid_.cell_px, columns = grid_.columns(), pixel_rows = (end - first) * p;
        int16_t* lines = scratch<int16_t>(CellSlot::lines, (pixel_rows + 2) * pitch_);
        int32_t* pairs = scratch<int32_t>(CellSlot::sums, (kCellFigures + 1) * whole_ / 2);
        for (size_t i = 0; i < pixel_rows + 2; ++i)
            read_line(image, static_cast<ptrdiff_t>(first * p + i) - 1, lines + i * pitch_);
        for (size_t row = first; row < end; ++row) {
            sum_columns(lines + (row - first) * p * pitch_, pairs);
            finish(pairs, figures + row * columns);
        }
    }

  private:
    // line[1 ... padded], a mirrored pixel at each end, zeros behind.
    void read_line(const uint8_t* image, ptrdiff_t r, int16_t* SURFEDGE_RESTRICT line) const {
        const uint8_t* SURFEDGE_RESTRICT row = image + source_row(r, grid_) * grid_.width;
        for (size_t x = 0; x < grid_.width; ++x) line[x + 1] = row[x];
        for (size_t x = grid_.width; x < padded_; ++x)
            line[x + 1] = line[mirrored(static_cast<ptrdiff_t>(x), grid_.width) + 1];
        line[0] = line[2];
        line[padded_ + 1] = line[padded_ - 1];
        std::fill(line + padded_ + 2, line + whole_ + 2, int16_t{0});
    }

    // Of each pair of columns, planes of whole / 2: sums of x, x^2, 4 gx^2, 4 gy^2, lap^2, least and largest
    // x.
    void sum_columns(const int16_t* lines, int32_t* pairs) const {
        const I16 one = splat<I16>(1);
        for (size_t x = 0; x < whole_; x += kLanes<I16>) {
            I32 sum[kByteSums] = {};
            const int16_t* row = lines + pitch_ + x;
            I16 up = load<I16>(lines + x + 1), mid = load<I16>(row + 1), least = mid, most = mid;
            for (size_t i = 0; i < grid_.cell_px; ++i, row += pitch_) {
                const I16 left = load<I16>(row), right = load<I16>(row + 2),
                          down = load<I16>(row + pitch_ + 1);
                const I16 gx = right - left, gy = down - up, twice = mid + mid;
                const I16 lap = (left + right) + (up + down) - (twice + twice);
                sum[0] += pair_products(mid, one);
                sum[1] += pair_products(mid, mid);
                sum[2] += pair_products(gx, gx);
                sum[3] += pair_products(gy, gy);
                sum[4] += pair_products(lap, lap);
                least = min(mid, least), most = max(mid, most);
                up = mid, mid = down;
            }
            for (size_t k = 0; k < kByteSums; ++k) store(pairs + (k * whole_ + x) / 2, sum[k]);
            const I32 low = load<I32>(&least),
                      high = load<I32>(&most);  // two pixels to a lane, none negative
            store(pairs + (5 * whole_ + x) / 2, min(low & 0xffff, low >> 16));
            store(pairs + (6 * whole_ + x) / 2, max(high & 0xffff, high >> 16));
        }
    }

    // From pairs of columns to figures of cells. figures: the row of the first plane.
    void finish(int32_t* pairs, float* figures) const {
        const size_t p = grid_.cell_px, plane = grid_.rows() * grid_.columns(), half = whole_ / 2;
        const double share = 1.0 / static_cast<double>(255 * p * p), square = share / 255;
        const double scale[kByteSums] = {share, square, square / 4, square / 4, square};
        int32_t* spare = pairs + kCellFigures * half;
        const auto sum = [](int32_t a, int32_t b) { return a + b; };
        const auto less = [](int32_t a, int32_t b) { return a < b ? a : b; };
        const auto more = [](int32_t a, int32_t b) { return a > b ? a : b; };
        for (size_t k = 0; k < kByteSums; ++k)
            cells_of(pairs + k * half, spare, sum, static_cast<float>(scale[k]), figures + k * plane);
        cells_of(pairs + 5 * half, spare, less, 1.0f / 255.0f, figures + 5 * plane);
        cells_of(pairs + 6 * half, spare, more, 1.0f / 255.0f, figures + 6 * plane);
    }

    // Folds the pairs of each cell into one number: by halves as long as that goes, which vectors do.
    template <class F>
    void cells_of(int32_t* values, int32_t* spare, F fold, float scale, float* out) const {
        const size_t columns = grid_.columns();
        size_t count = grid_.cell_px / 2;
        for (; count > 2 && count % 2 == 0; count /= 2, std::swap(values, spare))
            halve(values, columns * count / 2, fold, spare, 0);
        if (count == 2) return halve(values, columns, fold, out, scale);
        for (size_t c = 0; c < columns; ++c) {
            int32_t total = values[c * count];
            for (size_t i = 1; i < count; ++i) total = fold(total, values[c * count + i]);
            out[c] = static_cast<float>(total) * scale;
        }
    }

    template <class T, class F>
    static void halve(const int32_t* SURFEDGE_RESTRICT from, size_t count, F fold, T* SURFEDGE_RESTRICT to,
                      float scale) {
        for (size_t i = 0; i < count; ++i) {
            const int32_t total = fold(from[2 * i], from[2 * i + 1]);
            if constexpr (std::is_same_v<T, float>)
                to[i] = static_cast<float>(total) * scale;
            else
                to[i] = total;
        }
    }

    CellGrid grid_;
    size_t padded_, whole_, pitch_;  // columns of whole cells; of whole vectors; between lines
};

}  // namespace surfedge::SURFEDGE_LEVEL
