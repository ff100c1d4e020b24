#pragma once
// Uniform windows of any odd side, in time that hardly depends on it.
// Nothing is ever subtracted from a sum: a NaN or a huge value stays in the windows that hold it.

#include "kernels/simd/simd.hpp"
#include "kernels/ssim/pair.hpp"
#include "kernels/ssim/windows.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kWideColumns = 256, kWideRows = 44;

SURFEDGE_INLINE Quantities operator+(const Quantities& a, const Quantities& b) {
    return {a.s + b.s, a.d + b.d, a.ss + b.ss, a.dd + b.dd};
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
        store(to, q.s), store(to + pitch, q.d), store(to + 2 * pitch, q.ss), store(to + 3 * pitch, q.dd);
    }
};

// A thread's memory for one tile.
struct WideMemory {
    size_t pitch;     // floats per row of one quantity: tile, window and what vectors reach beyond
    float* sums;      // [kWideRows][4][pitch]: sums down the columns
    float* line;      // [4][pitch]: partial sums along one row
    float* out;       // [pitch]: S of one row
    F32* column;      // [kWideRows + side][4]: one vector of columns
    size_t* offsets;  // [kWideRows + side]: of the rows, mirrored

    explicit WideMemory(size_t side) : pitch((kWideColumns + side + 3 * kStep) / kStep * kStep) {
        const size_t column_rows = kWideRows + side, rows = kWideRows * 4 + 4 + 1;
        column = scratch<F32>(SsimSlot::tile, column_rows * 4 + rows * pitch / kStep);
        sums = reinterpret_cast<float*>(column + column_rows * 4);
        line = sums + kWideRows * 4 * pitch;
        out = line + 4 * pitch;
        offsets = scratch<size_t>(SsimSlot::rows, column_rows);
    }
    SumRow row(size_t y) const { return {sums + y * 4 * pitch, pitch}; }
};

// Where one vector of columns comes from: pixels of x and y, a row at a time.
template <class Pixel, bool kWhole>
struct ColumnSource {
    const Pixel *x, *y;
    const size_t* offsets;  // of the rows
    size_t count;           // columns, when they are fewer than a vector's
    PairUnits units;

    SURFEDGE_INLINE F32 pixels(const Pixel* from, size_t row) const {
        const Pixel* at = from + offsets[row];
        if (kWhole) prefetch(at + 128 / sizeof(Pixel));
        return kWhole ? load_f32(at) : load_f32_part(at, count);
    }
};

// The loops below name each quantity: GCC passes a structure of vectors through memory.

template <class Source>
SURFEDGE_INLINE void put_quantities(const Source& source, size_t row, F32* to) {
    const F32 x = source.pixels(source.x, row), y = source.pixels(source.y, row);
    const F32 s = source.units.s(x, y), d = source.units.d(x, y);
    to[0] = s, to[1] = d, to[2] = s * s, to[3] = d * d;
}

// Each of w rows becomes the sum of itself and those below it.
SURFEDGE_INLINE void add_suffixes(F32* block, size_t w) {
    F32* row = block + 4 * (w - 1);
    F32 s = row[0], d = row[1], ss = row[2], dd = row[3];
    while (row != block) {
        row -= 4;
        s += row[0], d += row[1], ss += row[2], dd += row[3];
        row[0] = s, row[1] = d, row[2] = ss, row[3] = dd;
    }
}

// Sums over w rows, three additions each whatever w is, as UniformWindow has them. Output k sums rows
// k ... k + w - 1.
template <class Source>
SURFEDGE_INLINE void wide_column(const Source& source, size_t outputs, size_t w, F32* block, SumRow out) {
    for (size_t i = 0; i < w; ++i) put_quantities(source, i, block + 4 * i);
    for (size_t first = 0;; first += w) {
        add_suffixes(block, w);
        for (size_t j = 0; j < 4; ++j) store(out.first + (4 * first + j) * out.pitch, block[j]);
        F32 sum_s{}, sum_d{}, sum_ss{}, sum_dd{};
        const size_t rows = std::min(w, outputs - first);
        for (size_t i = 1; i < rows; ++i) {
            F32* slot = block + 4 * i;
            float* to = out.first + 4 * (first + i) * out.pitch;
            const F32 x = source.pixels(source.x, first + i + w - 1);
            const F32 y = source.pixels(source.y, first + i + w - 1);
            const F32 s = source.units.s(x, y), d = source.units.d(x, y), ss = s * s, dd = d * d;
            sum_s += s, sum_d += d, sum_ss += ss, sum_dd += dd;
            store(to, slot[0] + sum_s), store(to + out.pitch, slot[1] + sum_d);
            store(to + 2 * out.pitch, slot[2] + sum_ss), store(to + 3 * out.pitch, slot[3] + sum_dd);
            slot[-4] = s, slot[-3] = d, slot[-2] = ss, slot[-1] = dd;
        }
        if (first + w >= outputs) return;
        put_quantities(source, first + 2 * w - 1, block + 4 * (w - 1));
    }
}

// Along a row: sums of 1, 2, 4, ... columns are made in turn, and those that w's binary digits name are
// added.
inline void wide_row(SumRow row, SumRow line, size_t side, size_t count) {
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

// S of a row from its sums down the columns.
inline void compare_row(SumRow row, SumRow line, size_t side, size_t count, const Formula& formula_,
                        float* out) {
    wide_row(row, line, side, count);
    const Formula formula = formula_;
    for (size_t i = 0; i < count; i += kStep) store(out + i, formula(line.at(i)));
}

struct AnyWindow {};  // its side is the pair's

// Rows of S of one tile.
template <class Pixel>
class WideRows {
  public:
    using Window = AnyWindow;
    static constexpr size_t kRows = 1;

    static TilePlan plan(const ImagePair<Pixel>& pair) {
        return {pair.height, pair.width, kWideColumns, kWideRows};
    }

    WideRows(const ImagePair<Pixel>& pair, AnyWindow, const Tile& tile)
        : pair_(pair),
          tile_(tile),
          memory_(pair.side),
          units_(pair.units(tile, total(pair))),
          formula_(pair.formula(units_, total(pair))) {
        sum_columns();
    }

    void next() {
        const SumRow line{memory_.line, memory_.pitch};
        compare_row(memory_.row(row_++), line, pair_.side, tile_.x1 - tile_.x0, formula_, memory_.out);
    }

    const float* similarity(size_t) const { return memory_.out; }

  private:
    static double total(const ImagePair<Pixel>& pair) { return static_cast<double>(pair.side * pair.side); }

    template <bool kWhole>
    void sum_columns(size_t column, size_t count) const {
        const ColumnSource<Pixel, kWhole> source{pair_.x + column, pair_.y + column, memory_.offsets, count,
                                                 PairUnits(units_)};
        const SumRow out{memory_.sums + (column + pair_.radius() - tile_.x0), memory_.pitch};
        wide_column(source, tile_.y1 - tile_.y0, pair_.side, memory_.column, out);
    }

    // Sums of all columns from x0 - radius to x1 + radius, those beyond the border mirrored.
    void sum_columns() const {
        const size_t radius = pair_.radius(), rows = tile_.y1 - tile_.y0;
        const size_t begin = tile_.x0 - std::min(tile_.x0, radius),
                     end = std::min(pair_.width, tile_.x1 + radius);
        const ptrdiff_t top = static_cast<ptrdiff_t>(tile_.y0) - static_cast<ptrdiff_t>(radius);
        for (size_t i = 0; i < rows + pair_.side - 1; ++i)
            memory_.offsets[i] =
                mirrored_with_edge(top + static_cast<ptrdiff_t>(i), pair_.height) * pair_.width;
        if (end - begin < kStep) sum_columns<false>(begin, end - begin);
        for (size_t column = begin; end - begin >= kStep && column < end; column += kStep)
            sum_columns<true>(std::min(column, end - kStep), kStep);
        const ptrdiff_t left = static_cast<ptrdiff_t>(tile_.x0) - static_cast<ptrdiff_t>(radius);
        const auto copy = [&](ptrdiff_t from, ptrdiff_t to) {
            for (ptrdiff_t column = from; column < to; ++column) {
                const ptrdiff_t source = static_cast<ptrdiff_t>(mirrored_with_edge(column, pair_.width));
                for (size_t line = 0; line < rows * 4; ++line) {
                    float* sums = memory_.sums + line * memory_.pitch;
                    sums[column - left] = sums[source - left];
                }
            }
        };
        copy(left, static_cast<ptrdiff_t>(begin));
        copy(static_cast<ptrdiff_t>(end), static_cast<ptrdiff_t>(tile_.x1 + radius));
    }

    const ImagePair<Pixel>& pair_;
    const Tile tile_;
    const WideMemory memory_;
    const Units units_;
    const Formula formula_;
    size_t row_ = 0;  // of the tile, the next one
};

}  // namespace surfedge::SURFEDGE_LEVEL
