#include "kernels/cell_statistics.hpp"

#include <algorithm>
#include <utility>

#include "kernels/parallel.hpp"
#include "kernels/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

// Index i >= -1 mirrored into [0, n) without repeating the edge.
size_t mirrored(ptrdiff_t i, size_t n) {
    if (n == 1) return 0;
    const size_t period = 2 * n - 2;
    const size_t j = static_cast<size_t>(i < 0 ? -i : i) % period;
    return j < n ? j : period - j;
}

float scaled(uint8_t v) { return static_cast<float>(v) * (1.0f / 255.0f); }
float scaled(float v) { return v; }

// Source row of the padded image's row r; one row above and below the padded image mirrors into it.
size_t source_row(ptrdiff_t r, CellGrid grid) {
    return mirrored(static_cast<ptrdiff_t>(mirrored(r, grid.rows() * grid.cell_px)), grid.height);
}

// One row of the padded image as floats, with one mirrored pixel at each end: line[0 .. padded + 1].
template <class T>
void read_line(const T* image, CellGrid grid, ptrdiff_t r, float* SURFEDGE_RESTRICT line) {
    const T* SURFEDGE_RESTRICT row = image + source_row(r, grid) * grid.width;
    const size_t padded = grid.columns() * grid.cell_px;
    for (size_t x = 0; x < grid.width; ++x) line[x + 1] = scaled(row[x]);
    for (size_t x = grid.width; x < padded; ++x) line[x + 1] = line[mirrored(static_cast<ptrdiff_t>(x), grid.width) + 1];
    line[0] = line[2];
    line[padded + 1] = line[padded - 1];
}

// Column sums over the rows of one cell row: seven arrays of `padded` floats, one after the other.
void add_line(const float* SURFEDGE_RESTRICT up, const float* SURFEDGE_RESTRICT mid,
              const float* SURFEDGE_RESTRICT down, size_t padded, bool first, float* SURFEDGE_RESTRICT sums) {
    float* SURFEDGE_RESTRICT s = sums;
    for (size_t x = 0; x < padded; ++x) {
        const float v = mid[x + 1];
        const float gx = 0.5f * (mid[x + 2] - mid[x]), gy = 0.5f * (down[x + 1] - up[x + 1]);
        const float lap = (mid[x] + mid[x + 2]) + (up[x + 1] + down[x + 1]) - 4.0f * v;
        const float squares[5] = {v, v * v, gx * gx, gy * gy, lap * lap};
        for (size_t k = 0; k < 5; ++k) s[k * padded + x] = squares[k] + (first ? 0.0f : s[k * padded + x]);
        const float least = s[5 * padded + x], most = s[6 * padded + x];
        s[5 * padded + x] = first || v < least ? v : least;
        s[6 * padded + x] = first || v > most ? v : most;
    }
}

void reduce_cells(const float* sums, CellGrid grid, float* figures) {
    const size_t p = grid.cell_px, padded = grid.columns() * p;
    const float share = 1.0f / static_cast<float>(p * p);
    for (size_t column = 0; column < grid.columns(); ++column) {
        float* out = figures + column * kCellFigures;
        const float* at = sums + column * p;
        for (size_t k = 0; k < 5; ++k) {
            float total = 0.0f;
            for (size_t i = 0; i < p; ++i) total += at[k * padded + i];
            out[k] = total * share;
        }
        out[5] = *std::min_element(at + 5 * padded, at + 5 * padded + p);
        out[6] = *std::max_element(at + 6 * padded, at + 6 * padded + p);
    }
}

template <class T>
void statistics(const T* image, CellGrid grid, float* figures) {
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t p = grid.cell_px, padded = grid.columns() * p, line = padded + 2;
        float* lines = scratch<float>(0, 3 * line);
        float* sums = scratch<float>(1, kCellFigures * padded);
        float *up = lines, *mid = lines + line, *down = lines + 2 * line;
        const ptrdiff_t y0 = static_cast<ptrdiff_t>(row * p);
        read_line(image, grid, y0 - 1, up);
        read_line(image, grid, y0, mid);
        for (size_t i = 0; i < p; ++i) {
            read_line(image, grid, y0 + static_cast<ptrdiff_t>(i) + 1, down);
            if (i == 0)
                add_line(up, mid, down, padded, true, sums);
            else
                add_line(up, mid, down, padded, false, sums);
            std::swap(up, mid);
            std::swap(mid, down);
        }
        reduce_cells(sums, grid, figures + row * grid.columns() * kCellFigures);
    });
}

template <class T>
void means_of(const T* image, CellGrid grid, float* means) {
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t p = grid.cell_px, padded = grid.columns() * p, line = 3 * grid.width;
        float* SURFEDGE_RESTRICT sums = scratch<float>(0, 3 * padded);
        std::fill_n(sums, line, 0.0f);
        for (size_t i = 0; i < p; ++i) {
            const T* SURFEDGE_RESTRICT at = image + source_row(static_cast<ptrdiff_t>(row * p + i), grid) * line;
            for (size_t x = 0; x < line; ++x) sums[x] += scaled(at[x]);
        }
        for (size_t x = grid.width; x < padded; ++x)
            std::copy_n(sums + 3 * mirrored(static_cast<ptrdiff_t>(x), grid.width), 3, sums + 3 * x);
        const float share = 1.0f / static_cast<float>(p * p);
        float* out = means + row * grid.columns() * 3;
        for (size_t column = 0; column < grid.columns(); ++column, out += 3) {
            const float* at = sums + column * p * 3;
            float total[3] = {};
            for (size_t i = 0; i < p; ++i)
                for (size_t c = 0; c < 3; ++c) total[c] += at[3 * i + c];
            for (size_t c = 0; c < 3; ++c) out[c] = total[c] * share;
        }
    });
}

}  // namespace

void cell_statistics(const uint8_t* image, CellGrid grid, float* figures) {
    statistics(image, grid, figures);
}
void cell_statistics(const float* image, CellGrid grid, float* figures) {
    statistics(image, grid, figures);
}
void cell_means(const uint8_t* image, CellGrid grid, float* means) { means_of(image, grid, means); }
void cell_means(const float* image, CellGrid grid, float* means) { means_of(image, grid, means); }

}  // namespace surfedge::SURFEDGE_LEVEL
