// The image is cut into tiles. In each, the four quantities x, y, x^2 + y^2 and xy are summed down the
// columns, then along the rows, and S is formed. Nothing is ever subtracted from a sum: a NaN or a huge value
// stays in the windows that hold it. Values are taken relative to a typical one of their tile: that keeps
// single precision accurate. Products and sums are not contracted to fused operations here, so that equal
// images give exactly 1.
#include "kernels/ssim.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.hpp"
#include "kernels/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kStep = kLanes<F32>;
constexpr size_t kTaps = 11;  // of the Gaussian window
constexpr size_t kTileWidth = 256, kTileHeight = 44;

struct Quantities {
    F32 x, y, square, product;
};

SURFEDGE_INLINE Quantities operator+(const Quantities& a, const Quantities& b) {
    return {a.x + b.x, a.y + b.y, a.square + b.square, a.product + b.product};
}

// The four sums of a row, each `pitch` floats from the next.
struct SumRow {
    float* first;
    size_t pitch;
    SURFEDGE_INLINE Quantities at(size_t column) const {
        const float* from = first + column;
        return {load_f32(from), load_f32(from + pitch), load_f32(from + 2 * pitch),
                load_f32(from + 3 * pitch)};
    }
    SURFEDGE_INLINE void put(size_t column, const Quantities& q) const {
        float* to = first + column;
        store(to, q.x), store(to + pitch, q.y), store(to + 2 * pitch, q.square),
            store(to + 3 * pitch, q.product);
    }
};

// Outputs [x0, x1) x [y0, y1) and the values that its pixels are taken relative to.
struct Tile {
    size_t x0, x1, y0, y1;
    float shift_x, shift_y;
};

// A thread's memory for one tile.
struct Workspace {
    size_t pitch;       // floats per row of one quantity: tile, window and what vectors reach beyond
    float* sums;        // [kTileHeight][4][pitch]: sums down the columns
    float* line;        // [4][pitch]: partial sums along one row
    float* similarity;  // [pitch]: S of one row when no map is wanted
    F32* column;        // [kTileHeight + side][4]: one vector of columns
    size_t* offsets;    // [kTileHeight + side]: of the rows, mirrored

    explicit Workspace(size_t side) : pitch((kTileWidth + side + 3 * kStep) / kStep * kStep) {
        const size_t column_rows = kTileHeight + side, rows = kTileHeight * 4 + 4 + 1;
        column = scratch<F32>(0, column_rows * 4 + rows * pitch / kStep);
        sums = reinterpret_cast<float*>(column + column_rows * 4);
        line = sums + kTileHeight * 4 * pitch;
        similarity = line + 4 * pitch;
        offsets = scratch<size_t>(1, column_rows);
    }
    SumRow row(size_t y) const { return {sums + y * 4 * pitch, pitch}; }
};

// Pixel of a line of `length` that position `at` shows when the line is mirrored without end.
SURFEDGE_INLINE size_t mirror(ptrdiff_t at, size_t length) {
    const ptrdiff_t n = static_cast<ptrdiff_t>(length);
    if (at >= 0 && at < n) return static_cast<size_t>(at);
    at %= 2 * n;
    if (at < 0) at += 2 * n;
    return static_cast<size_t>(at < n ? at : 2 * n - 1 - at);
}

// ---- down the columns -----------------------------------------------------------------------------------

// Where one vector of columns comes from: pixels of x and y, a row at a time.
template <class Pixel, bool kWhole>
struct ColumnSource {
    const Pixel *x, *y;
    const size_t* offsets;  // of the rows
    size_t count;           // columns, when they are fewer than a vector's
    F32 shift_x, shift_y;

    SURFEDGE_INLINE F32 pixels(const Pixel* from, size_t row, F32 shift) const {
        const Pixel* at = from + offsets[row];
        if (kWhole) prefetch(at + 128 / sizeof(Pixel));
        return (kWhole ? load_f32(at) : load_f32_part(at, count)) - shift;
    }
};

// The loops below name each quantity: GCC passes a structure of vectors through memory.

template <class Source>
SURFEDGE_INLINE void put_quantities(const Source& source, size_t row, F32* to) {
    const F32 x = source.pixels(source.x, row, source.shift_x),
              y = source.pixels(source.y, row, source.shift_y);
    to[0] = x, to[1] = y, to[2] = x * x + y * y, to[3] = x * y;
}

// Each of w rows becomes the sum of itself and those below it.
SURFEDGE_INLINE void add_suffixes(F32* block, size_t w) {
    F32* row = block + 4 * (w - 1);
    F32 x = row[0], y = row[1], squares = row[2], product = row[3];
    while (row != block) {
        row -= 4;
        x += row[0], y += row[1], squares += row[2], product += row[3];
        row[0] = x, row[1] = y, row[2] = squares, row[3] = product;
    }
}

// Sums over w rows, three additions each whatever w is: a window is the suffix of one block of w rows and the
// prefix of the next. M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and
// octagonal kernels", 1992, has the scheme for minima. Output k sums rows k ... k + w - 1.
template <class Source>
SURFEDGE_INLINE void uniform_column(const Source& source, size_t outputs, size_t w, F32* block, SumRow out) {
    for (size_t i = 0; i < w; ++i) put_quantities(source, i, block + 4 * i);
    for (size_t first = 0;; first += w) {
        add_suffixes(block, w);
        for (size_t j = 0; j < 4; ++j) store(out.first + (4 * first + j) * out.pitch, block[j]);
        F32 sum_x{}, sum_y{}, sum_squares{}, sum_products{};
        const size_t rows = std::min(w, outputs - first);
        for (size_t i = 1; i < rows; ++i) {
            F32* slot = block + 4 * i;
            float* to = out.first + 4 * (first + i) * out.pitch;
            const F32 x = source.pixels(source.x, first + i + w - 1, source.shift_x);
            const F32 y = source.pixels(source.y, first + i + w - 1, source.shift_y);
            const F32 squares = x * x + y * y, product = x * y;
            sum_x += x, sum_y += y, sum_squares += squares, sum_products += product;
            store(to, slot[0] + sum_x), store(to + out.pitch, slot[1] + sum_y);
            store(to + 2 * out.pitch, slot[2] + sum_squares),
                store(to + 3 * out.pitch, slot[3] + sum_products);
            slot[-4] = x, slot[-3] = y, slot[-2] = squares, slot[-1] = product;
        }
        if (first + w >= outputs) return;
        put_quantities(source, first + 2 * w - 1, block + 4 * (w - 1));
    }
}

// The Gaussian window along one axis: its middle weight, then those 1 to 5 pixels away; all sum to 1.
struct Taps {
    F32 away[kTaps / 2 + 1];
    SURFEDGE_INLINE F32 operator[](size_t i) const {
        return away[i < kTaps / 2 ? kTaps / 2 - i : i - kTaps / 2];
    }
};

Taps gaussian_taps() {
    double weight[kTaps / 2 + 1], total = 0;
    for (size_t i = 0; i <= kTaps / 2; ++i) {
        weight[i] = std::exp(-0.5 * static_cast<double>(i * i) / (1.5 * 1.5));
        total += i ? 2 * weight[i] : weight[i];
    }
    Taps taps;
    for (size_t i = 0; i <= kTaps / 2; ++i) taps.away[i] = splat<F32>(weight[i] / total);
    return taps;
}

// Weighted sums of rows k ... k + 10 for `rows` outputs at once, so that each row is read once for all of
// them.
template <size_t kRows>
SURFEDGE_INLINE void gaussian_rows(const F32* from, const Taps& taps, float* to, size_t pitch) {
    F32 sum[kRows] = {};
#pragma GCC unroll 16
    for (size_t i = 0; i < kRows + kTaps - 1; ++i) {
        const F32 row = from[4 * i];
#pragma GCC unroll 4
        for (size_t k = 0; k < kRows; ++k) {
            if (i >= k && i - k < kTaps) sum[k] = fused(row, taps[i - k], sum[k]);
        }
    }
    for (size_t k = 0; k < kRows; ++k) store(to + 4 * k * pitch, sum[k]);
}

template <class Source>
SURFEDGE_INLINE void gaussian_column(const Source& source, size_t outputs, const Taps& taps_, F32* rows,
                                     SumRow out) {
    const Taps taps = taps_;
    for (size_t i = 0; i < outputs + kTaps - 1; ++i) put_quantities(source, i, rows + 4 * i);
    for (size_t j = 0; j < 4; ++j) {
        float* to = out.first + j * out.pitch;
        size_t k = 0;
        for (; k + 4 <= outputs; k += 4)
            gaussian_rows<4>(rows + 4 * k + j, taps, to + 4 * k * out.pitch, out.pitch);
        for (; k < outputs; ++k) gaussian_rows<1>(rows + 4 * k + j, taps, to + 4 * k * out.pitch, out.pitch);
    }
}

// Weighted sum of the windows that start at from, from + 1, ...
SURFEDGE_INLINE F32 gaussian_window(const float* from, const Taps& taps) {
    F32 sum = load_f32(from) * taps[0];
#pragma GCC unroll 10
    for (size_t i = 1; i < kTaps; ++i) sum = fused(load_f32(from + i), taps[i], sum);
    return sum;
}

// ---- along the rows: sums over windows starting at a column -----------------------------------------------

// w = 7 or 11, known while compiling: pairs, then every second pair.
template <size_t kSide>
struct UniformRow {
    static void prepare(SumRow row, SumRow line, size_t count) {
        for (size_t i = 0; i < count + kSide; i += kStep) line.put(i, row.at(i) + row.at(i + 1));
    }
    SURFEDGE_INLINE static Quantities at(SumRow row, SumRow line, size_t i) {
        Quantities sum = line.at(i);
#pragma GCC unroll 8
        for (size_t j = 2; j + 1 < kSide; j += 2) sum = sum + line.at(i + j);
        return sum + row.at(i + kSide - 1);
    }
};

// Any w: sums of 1, 2, 4, ... columns are made in turn, and those that w's binary digits name are added.
void any_uniform_row(SumRow row, SumRow line, size_t side, size_t count) {
    const size_t end = count + side;
    bool started = false;
    for (size_t span = 1, offset = 0; span <= side; span *= 2) {
        if (side & span) {
            for (size_t i = 0; i < count; i += kStep)
                line.put(i, started ? line.at(i) + row.at(i + offset) : row.at(i + offset));
            started = true, offset += span;
        }
        for (size_t i = 0; 2 * span <= side && i + 2 * span <= end + kStep; i += kStep)
            row.put(i, row.at(i) + row.at(i + span));
    }
}

// ---- S from the sums ------------------------------------------------------------------------------------

// All in units of the data range: scale = 1 / (pixels R), square_scale = 1 / (pixels R^2).
struct Formula {
    F32 scale, square_scale, covariance, shift_x, shift_y;

    SURFEDGE_INLINE F32 operator()(const Quantities& sum) const {
        constexpr float kC1 = 0.01f * 0.01f, kC2 = 0.03f * 0.03f;
        const F32 a = sum.x * scale, b = sum.y * scale;
        const F32 ux = a + shift_x, uy = b + shift_y;
        const F32 vxy = (sum.product * square_scale - a * b) * covariance;
        const F32 vxx_vyy = (sum.square * square_scale - (a * a + b * b)) * covariance;
        const F32 top = (2.0f * (ux * uy) + kC1) * (2.0f * vxy + kC2);
        return top / ((ux * ux + uy * uy + kC1) * (vxx_vyy + kC2));
    }
};

template <class At>
SURFEDGE_INLINE void similarity_row(Formula formula, size_t count, float* out, At at) {
    size_t i = 0;
    for (; i + kStep <= count; i += kStep) store(out + i, formula(at(i)));
    if (i < count) store_part(out + i, formula(at(i)), count - i);
}

// ---- one tile -------------------------------------------------------------------------------------------

template <class Pixel>
struct Comparison {
    const Pixel *x, *y;
    size_t height, width, side, radius;
    bool gaussian;
    double range;  // in the pixels' own unit
    Taps taps;

    Comparison(const Pixel* x_, const Pixel* y_, size_t height_, size_t width_, SsimWindow window)
        : x(x_),
          y(y_),
          height(height_),
          width(width_),
          side(static_cast<size_t>(window.side_px)),
          radius(side / 2),
          gaussian(window.gaussian),
          range(window.data_range * (sizeof(Pixel) == 1 ? 255.0 : 1.0)),
          taps(gaussian_taps()) {}

    size_t tile_columns() const { return (width + kTileWidth - 1) / kTileWidth; }
    size_t tile_rows() const { return (height + kTileHeight - 1) / kTileHeight; }
    size_t tiles() const { return tile_columns() * tile_rows(); }

    Tile tile(size_t index) const {
        const size_t x0 = index % tile_columns() * kTileWidth, y0 = index / tile_columns() * kTileHeight;
        Tile tile{x0, std::min(width, x0 + kTileWidth), y0, std::min(height, y0 + kTileHeight), 0, 0};
        tile.shift_x = typical(x, tile), tile.shift_y = typical(y, tile);
        return tile;
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

    template <bool kWhole>
    void sum_columns(const Workspace& space, const Tile& tile, size_t column, size_t count) const {
        const ColumnSource<Pixel, kWhole> source{
            x + column, y + column, space.offsets, count, splat<F32>(tile.shift_x), splat<F32>(tile.shift_y)};
        const SumRow out{space.sums + (column + radius - tile.x0), space.pitch};
        if (gaussian)
            gaussian_column(source, tile.y1 - tile.y0, taps, space.column, out);
        else
            uniform_column(source, tile.y1 - tile.y0, side, space.column, out);
    }

    // Sums of all columns from x0 - radius to x1 + radius, those beyond the border mirrored.
    void sum_columns(const Workspace& space, const Tile& tile) const {
        const size_t begin = tile.x0 - std::min(tile.x0, radius), end = std::min(width, tile.x1 + radius);
        const ptrdiff_t top = static_cast<ptrdiff_t>(tile.y0) - static_cast<ptrdiff_t>(radius);
        for (size_t i = 0; i < tile.y1 - tile.y0 + side - 1; ++i)
            space.offsets[i] = mirror(top + static_cast<ptrdiff_t>(i), height) * width;
        if (end - begin < kStep) {
            sum_columns<false>(space, tile, begin, end - begin);
        } else {
            for (size_t column = begin; column < end; column += kStep)
                sum_columns<true>(space, tile, std::min(column, end - kStep), kStep);
        }
        const ptrdiff_t left = static_cast<ptrdiff_t>(tile.x0) - static_cast<ptrdiff_t>(radius);
        const ptrdiff_t right = static_cast<ptrdiff_t>(tile.x1 + radius);
        const auto copy = [&](ptrdiff_t from, ptrdiff_t to) {
            for (ptrdiff_t column = from; column < to; ++column) {
                const ptrdiff_t source = static_cast<ptrdiff_t>(mirror(column, width));
                for (size_t line = 0; line < (tile.y1 - tile.y0) * 4; ++line) {
                    float* sums = space.sums + line * space.pitch;
                    sums[column - left] = sums[source - left];
                }
            }
        };
        copy(left, static_cast<ptrdiff_t>(begin));
        copy(static_cast<ptrdiff_t>(end), right);
    }

    Formula formula(const Tile& tile) const {
        const double pixels = static_cast<double>(side * side), weight = gaussian ? 1.0 : 1.0 / pixels;
        return {splat<F32>(weight / range), splat<F32>(weight / (range * range)),
                splat<F32>(pixels / (pixels - 1.0)), splat<F32>(tile.shift_x / range),
                splat<F32>(tile.shift_y / range)};
    }

    // S of row y of a tile whose columns are summed.
    void similarity(const Workspace& space, const Tile& tile, const Formula& formula, size_t y,
                    float* out) const {
        const SumRow row = space.row(y - tile.y0), line{space.line, space.pitch};
        const size_t count = tile.x1 - tile.x0;
        if (gaussian) {
            const Taps local = taps;
            similarity_row(formula, count, out, [row, local](size_t i) {
                const float* from = row.first + i;
                return Quantities{gaussian_window(from, local), gaussian_window(from + row.pitch, local),
                                  gaussian_window(from + 2 * row.pitch, local),
                                  gaussian_window(from + 3 * row.pitch, local)};
            });
        } else if (side == 7) {
            UniformRow<7>::prepare(row, line, count);
            similarity_row(formula, count, out, [&](size_t i) { return UniformRow<7>::at(row, line, i); });
        } else if (side == 11) {
            UniformRow<11>::prepare(row, line, count);
            similarity_row(formula, count, out, [&](size_t i) { return UniformRow<11>::at(row, line, i); });
        } else {
            any_uniform_row(row, line, side, count);
            similarity_row(formula, count, out, [&](size_t i) { return line.at(i); });
        }
    }

    void map(size_t index, float* out) const {
        const Tile tile = this->tile(index);
        const Workspace space(side);
        sum_columns(space, tile);
        const Formula form = formula(tile);
        for (size_t y = tile.y0; y < tile.y1; ++y)
            similarity(space, tile, form, y, out + y * width + tile.x0);
    }

    // Sum of S over the tile's pixels whose window lies inside the image.
    double sum(size_t index) const {
        const Tile tile = this->tile(index);
        const Workspace space(side);
        sum_columns(space, tile);
        const Formula form = formula(tile);
        const size_t begin = std::max(tile.x0, radius), end = std::min(tile.x1, width - radius);
        const size_t top = std::max(tile.y0, radius), bottom = std::min(tile.y1, height - radius);
        double sums[8] = {};
        for (size_t y = top; y < bottom && begin < end; ++y) {
            similarity(space, tile, form, y, space.similarity);
            const float* row = space.similarity + (begin - tile.x0);
            size_t i = 0;
            for (; i + 8 <= end - begin; i += 8) {
                for (size_t j = 0; j < 8; ++j) sums[j] += static_cast<double>(row[i + j]);
            }
            for (; i < end - begin; ++i) sums[i % 8] += static_cast<double>(row[i]);
        }
        return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    }
};

template <class Pixel>
void map_of(const Comparison<Pixel>& comparison, float* map) {
    parallel_for(comparison.tiles(), [&](size_t tile) { comparison.map(tile, map); });
}

template <class Pixel>
double mean_of(const Comparison<Pixel>& comparison) {
    double* sums = scratch<double>(2, comparison.tiles());
    parallel_for(comparison.tiles(), [&](size_t tile) { sums[tile] = comparison.sum(tile); });
    double total = 0;
    for (size_t tile = 0; tile < comparison.tiles(); ++tile) total += sums[tile];
    const size_t inside =
        (comparison.height - 2 * comparison.radius) * (comparison.width - 2 * comparison.radius);
    return total / static_cast<double>(inside);
}

}  // namespace

void ssim_map(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window,
              float* map) {
    map_of(Comparison<uint8_t>(x, y, height, width, window), map);
}

void ssim_map(const float* x, const float* y, size_t height, size_t width, SsimWindow window, float* map) {
    map_of(Comparison<float>(x, y, height, width, window), map);
}

double ssim(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window) {
    return mean_of(Comparison<uint8_t>(x, y, height, width, window));
}

double ssim(const float* x, const float* y, size_t height, size_t width, SsimWindow window) {
    return mean_of(Comparison<float>(x, y, height, width, window));
}

}  // namespace surfedge::SURFEDGE_LEVEL
