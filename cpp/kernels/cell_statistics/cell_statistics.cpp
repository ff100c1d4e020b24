#include "kernels/cell_statistics/cell_statistics.hpp"

#include <algorithm>

#include "kernels/cell_statistics/byte_cells.hpp"
#include "kernels/cell_statistics/rows.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

float scaled(uint8_t v) {
    return static_cast<float>(v) * (1.0f / 255.0f);
}
float scaled(float v) {
    return v;
}

// One row of the padded image as floats, with one mirrored pixel at each end: line[0 .. padded + 1].
template <class T>
void read_line(const T* image, CellGrid grid, ptrdiff_t r, float* SURFEDGE_RESTRICT line) {
    const T* SURFEDGE_RESTRICT row = image + source_row(r, grid) * grid.width;
    const size_t padded = grid.columns() * grid.cell_px;
    for (size_t x = 0; x < grid.width; ++x) line[x + 1] = scaled(row[x]);
    for (size_t x = grid.width; x < padded; ++x)
        line[x + 1] = line[mirrored(static_cast<ptrdiff_t>(x), grid.width) + 1];
    line[0] = line[2];
    line[padded + 1] = line[padded - 1];
}

// Column sums over the rows of one cell row: seven arrays of `padded` floats, one after the other. lines: the
// rows of the cell row with one above and one below, `length` floats apart.
void sum_columns(const float* lines, size_t length, size_t cell_px, size_t padded, float* sums) {
    size_t x = 0;
    for (; x + kLanes<F32> <= padded; x += kLanes<F32>) {
        F32 sum[5] = {}, least = load<F32>(lines + length + x + 1), most = least;
        F32 up = load<F32>(lines + x + 1), mid = least;
        for (size_t i = 1; i <= cell_px; ++i) {
            const float* row = lines + i * length + x;
            const F32 left = load<F32>(row), right = load<F32>(row + 2), down = load<F32>(row + length + 1);
            const F32 gx = (right - left) * 0.5f, gy = (down - up) * 0.5f;
            const F32 lap = (left + right) + (up + down) - mid * 4.0f;
            sum[0] += mid;
            sum[1] = fused(mid, mid, sum[1]);
            sum[2] = fused(gx, gx, sum[2]);
            sum[3] = fused(gy, gy, sum[3]);
            sum[4] = fused(lap, lap, sum[4]);
            least = min(mid, least), most = max(mid, most);
            up = mid, mid = down;
        }
        for (size_t k = 0; k < 5; ++k) store(sums + k * padded + x, sum[k]);
        store(sums + 5 * padded + x, least), store(sums + 6 * padded + x, most);
    }
    for (; x < padded; ++x) {
        float sum[5] = {}, least = lines[length + x + 1], most = least;
        for (size_t i = 1; i <= cell_px; ++i) {
            const float* row = lines + i * length + x;
            const float v = row[1], up = row[1 - static_cast<ptrdiff_t>(length)], down = row[1 + length];
            const float gx = (row[2] - row[0]) * 0.5f, gy = (down - up) * 0.5f;
            const float lap = (row[0] + row[2]) + (up + down) - v * 4.0f;
            sum[0] += v, sum[1] += v * v, sum[2] += gx * gx, sum[3] += gy * gy, sum[4] += lap * lap;
            least = v < least ? v : least, most = v > most ? v : most;
        }
        for (size_t k = 0; k < 5; ++k) sums[k * padded + x] = sum[k];
        sums[5 * padded + x] = least, sums[6 * padded + x] = most;
    }
}

// Cells of four columns, the usual ones: the compiler turns these loops into vectors. plane: floats of a
// figure.
void reduce_four(const float* SURFEDGE_RESTRICT sums, size_t columns, size_t plane, float* figures) {
    for (size_t k = 0; k < 5; ++k) {
        const float* SURFEDGE_RESTRICT at = sums + 4 * columns * k;
        float* SURFEDGE_RESTRICT out = figures + plane * k;
        for (size_t c = 0; c < columns; ++c)
            out[c] = ((at[4 * c] + at[4 * c + 1]) + (at[4 * c + 2] + at[4 * c + 3])) * 0.0625f;
    }
    const float* SURFEDGE_RESTRICT low = sums + 20 * columns;
    const float* SURFEDGE_RESTRICT high = sums + 24 * columns;
    float* SURFEDGE_RESTRICT least = figures + 5 * plane;
    float* SURFEDGE_RESTRICT largest = figures + 6 * plane;
    const auto less = [](float a, float b) { return a < b ? a : b; };
    const auto more = [](float a, float b) { return a > b ? a : b; };
    for (size_t c = 0; c < columns; ++c) {
        least[c] = less(less(low[4 * c], low[4 * c + 1]), less(low[4 * c + 2], low[4 * c + 3]));
        largest[c] = more(more(high[4 * c], high[4 * c + 1]), more(high[4 * c + 2], high[4 * c + 3]));
    }
}

void reduce_any(const float* sums, CellGrid grid, float* figures) {
    const size_t p = grid.cell_px, columns = grid.columns(), padded = columns * p;
    const size_t plane = grid.rows() * columns;
    const float share = 1.0f / static_cast<float>(p * p);
    for (size_t column = 0; column < columns; ++column) {
        const float* at = sums + column * p;
        for (size_t k = 0; k < 5; ++k) {
            float total = 0.0f;
            for (size_t i = 0; i < p; ++i) total += at[k * padded + i];
            figures[k * plane + column] = total * share;
        }
        figures[5 * plane + column] = *std::min_element(at + 5 * padded, at + 5 * padded + p);
        figures[6 * plane + column] = *std::max_element(at + 6 * padded, at + 6 * padded + p);
    }
}

template <class T>
void statistics(const T* image, CellGrid grid, float* figures) {
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t p = grid.cell_px, columns = grid.columns(), padded = columns * p;
        const size_t length = staggered<float>(padded + 2);
        float* lines = scratch<float>(CellSlot::lines, (p + 2) * length);
        float* sums = scratch<float>(CellSlot::sums, kCellFigures * padded);
        for (size_t i = 0; i < p + 2; ++i)
            read_line(image, grid, static_cast<ptrdiff_t>(row * p + i) - 1, lines + i * length);
        sum_columns(lines, length, p, padded, sums);
        if (p == 4)
            reduce_four(sums, columns, grid.rows() * columns, figures + row * columns);
        else
            reduce_any(sums, grid, figures + row * columns);
    });
}

void byte_statistics(const uint8_t* image, CellGrid grid, float* figures) {
    const size_t together = (kCellRowsAtOnce + grid.cell_px - 1) / grid.cell_px;
    parallel_for((grid.rows() + together - 1) / together, [&](size_t piece) {
        const size_t first = piece * together;
        ByteCells(grid).figures_of(image, first, std::min(grid.rows(), first + together), figures);
    });
}

template <class T>
void means_of(const T* image, CellGrid grid, float* means) {
    parallel_for(grid.rows(), [&](size_t row) {
        const size_t p = grid.cell_px, padded = grid.columns() * p, line = 3 * grid.width;
        float* SURFEDGE_RESTRICT sums = scratch<float>(CellSlot::sums, 3 * padded);
        std::fill_n(sums, line, 0.0f);
        for (size_t i = 0; i < p; ++i) {
            const T* SURFEDGE_RESTRICT at =
                image + source_row(static_cast<ptrdiff_t>(row * p + i), grid) * line;
            for (size_t x = 0; x < line; ++x) sums[x] += scaled(at[x]);
        }
        for (size_t x = grid.width; x < padded; ++x)
            std::copy_n(sums + 3 * mirrored(static_cast<ptrdiff_t>(x), grid.width), 3, sums + 3 * x);
        const float share = 1.0f / static_cast<float>(p * p);
        float* out = means + row * grid.columns();
        for (size_t column = 0; column < grid.columns(); ++column, ++out) {
            const float* at = sums + column * p * 3;
            float total[3] = {};
            for (size_t i = 0; i < p; ++i)
                for (size_t c = 0; c < 3; ++c) total[c] += at[3 * i + c];
            for (size_t c = 0; c < 3; ++c) out[c * grid.rows() * grid.columns()] = total[c] * share;
        }
    });
}

}  // namespace

void cell_statistics(const uint8_t* image, CellGrid grid, float* figures) {
    if (grid.cell_px % 2 == 0 && grid.cell_px <= kLargestByteCell)
        byte_statistics(image, grid, figures);
    else
        statistics(image, grid, figures);
}
void cell_statistics(const float* image, CellGrid grid, float* figures) {
    statistics(image, grid, figures);
}
void cell_means(const uint8_t* image, CellGrid grid, float* means) {
    means_of(image, grid, means);
}
void cell_means(const float* image, CellGrid grid, float* means) {
    means_of(image, grid, means);
}

}  // namespace surfedge::SURFEDGE_LEVEL
