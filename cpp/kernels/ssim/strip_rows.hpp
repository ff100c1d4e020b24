#pragma once
// Rows of S of one tile for the usual windows: the rows of two images, as a strip wants them.

#include <algorithm>

#include "kernels/simd/simd.hpp"
#include "kernels/ssim/pair.hpp"
#include "kernels/ssim/strip.hpp"
#include "kernels/ssim/windows.hpp"
#include "kernels/support/mirrored.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {

constexpr size_t kStripRows = 128;  // of a tile, about
constexpr size_t kAheadRows = 8;    // that are asked for before they are read

// Columns of the image that a strip takes in, counted from half a window left of it.
struct StripColumns {
    ptrdiff_t left;     // the first one's place in the image, perhaps beyond its border
    size_t begin, end;  // those that are in the image

    StripColumns(const Tile& tile, size_t radius, size_t width)
        : left(static_cast<ptrdiff_t>(tile.x0) - static_cast<ptrdiff_t>(radius)),
          begin(radius - std::min(tile.x0, radius)),
          end(std::min(width, tile.x1 + radius) + radius - tile.x0) {}

    size_t count() const { return end - begin; }

    // Fills the columns beyond the border, in each of `lines` of `reach` columns.
    void mirror(float* line, size_t lines, size_t pitch, size_t reach, size_t width) const {
        const auto past_image = [this](size_t column) { return column == begin ? end : column; };
        for (size_t column = past_image(0); column < reach; column = past_image(column + 1)) {
            const ptrdiff_t at = left + static_cast<ptrdiff_t>(column);
            const size_t from =
                static_cast<size_t>(static_cast<ptrdiff_t>(mirrored_with_edge(at, width)) - left);
            for (size_t i = 0; i < lines; ++i) line[i * pitch + column] = line[i * pitch + from];
        }
    }
};

// One row of x and y on its way into a line of a strip. kWhole: there is a whole vector of columns.
template <class Window, class Pixel, bool kWhole>
struct StripSource {
    const Pixel *x, *y;   // the columns that are in the image
    size_t begin, count;  // the first one's place in the line, their number
    size_t last;          // where the last vector of them begins
    size_t ahead;         // pixels to the row that is asked for
    PairUnits units;

    // Whole vectors, the last one overlapping another.
    SURFEDGE_INLINE void put(size_t column, float* line) const {
        const size_t at = std::min(column, last);
        prefetch(x + at + ahead), prefetch(y + at + ahead);
        const F32 u = kWhole ? load_f32(x + at) : load_f32_part(x, count);
        const F32 v = kWhole ? load_f32(y + at) : load_f32_part(y, count);
        Window::put(line + begin + at, Strip<Window>::kPitch, units.s(u, v), units.d(u, v));
    }
};

template <class Window_, class Pixel>
class StripRows {
  public:
    using Window = Window_;
    static constexpr size_t kRows = Window::kRows;

    static TilePlan plan(const ImagePair<Pixel>& pair) {
        return {pair.height, pair.width, kStripColumns, kStripRows / kRows * kRows};
    }

    StripRows(const ImagePair<Pixel>& pair, const Window& window, const Tile& tile)
        : StripRows(pair, window, tile, pair.units(tile, window.total())) {}

    void next() {
        add(kRows);
        strip_.compare(formula_);
    }

    const float* similarity(size_t k) const { return strip_.similarity(k); }

  private:
    StripRows(const ImagePair<Pixel>& pair, const Window& window, const Tile& tile, const Units& units)
        : pair_(pair),
          units_(units),
          formula_(pair.formula(units, window.total())),
          columns_(tile, pair.radius(), pair.width),
          strip_(window, tile.x1 - tile.x0, scratch<float>(SsimSlot::tile, Strip<Window>::kFloats)),
          y_(static_cast<ptrdiff_t>(tile.y0) - static_cast<ptrdiff_t>(pair.radius())) {
        if (is_whole())
            strip_.fill(source<true>());
        else
            strip_.fill(source<false>());
        mirror();
        add(Window::kWidth - 1);
    }

    // The strip takes in `rows` rows: what was filled last, and the line after it is filled meanwhile.
    void add(size_t rows) {
        for (size_t i = 0; i < rows; ++i) {
            ++y_;
            if (is_whole())
                strip_.add(source<true>());
            else
                strip_.add(source<false>());
            mirror();
        }
    }

    template <bool kWhole>
    StripSource<Window, Pixel, kWhole> source() const {
        const size_t row = mirrored_with_edge(y_, pair_.height) * pair_.width;
        const ptrdiff_t at = static_cast<ptrdiff_t>(row + columns_.begin) + columns_.left;
        const size_t count = columns_.count();
        return {pair_.x + at,
                pair_.y + at,
                columns_.begin,
                count,
                count - std::min(count, kStep),
                kAheadRows * pair_.width,
                units_};
    }

    bool is_whole() const { return columns_.count() >= kStep; }

    void mirror() {
        columns_.mirror(strip_.line(), Window::kInputs, Strip<Window>::kPitch, strip_.reach(), pair_.width);
    }

    const ImagePair<Pixel>& pair_;
    const PairUnits units_;
    const Formula formula_;
    const StripColumns columns_;
    Strip<Window> strip_;
    ptrdiff_t y_;  // the row that was filled last
};

}  // namespace surfedge::SURFEDGE_LEVEL
