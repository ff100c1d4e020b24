// The image is cut into tiles. In each, four quantities of the two images are summed over windows, and S is
// formed from the sums: ssim_formula.hpp has the quantities, ssim_strip.hpp the usual windows, ssim_wide.hpp
// all others.
#include "kernels/ssim/ssim.hpp"

#include "kernels/ssim/pair.hpp"
#include "kernels/ssim/strip.hpp"
#include "kernels/ssim/wide.hpp"
#include "kernels/support/parallel.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kStripRows = 128;  // of a tile, about
constexpr size_t kAheadRows = 8;    // that are asked for before they are read

// ---- rows of a strip ------------------------------------------------------------------------------------

// Rows of x and y from half a window left of a strip to half a window right of it.
template <class Pixel>
struct StripSource {
    const ImagePair<Pixel>& pair;
    PairUnits units;
    ptrdiff_t left;     // first column, perhaps beyond the border
    size_t begin, end;  // columns that are in the image, counted from `left`

    StripSource(const ImagePair<Pixel>& pair_, const Tile& tile, const Units& units_)
        : pair(pair_), units(units_) {
        const size_t radius = pair.radius();
        left = static_cast<ptrdiff_t>(tile.x0) - static_cast<ptrdiff_t>(radius);
        begin = radius - std::min(tile.x0, radius);
        end = std::min(pair.width, tile.x1 + radius) + radius - tile.x0;
    }

    // Puts the pixels of row y that are in the image: whole vectors, the last one overlapping another.
    template <bool kWhole>
    auto row(ptrdiff_t y) const {
        const ptrdiff_t at =
            static_cast<ptrdiff_t>(mirrored_with_edge(y, pair.height) * pair.width + begin) + left;
        const size_t count = end - begin, last = count - std::min(count, kStep);
        return [=, u_row = pair.x + at, v_row = pair.y + at, first = begin, sums = units,
                ahead = kAheadRows * pair.width](size_t i, auto put) {
            const size_t x = std::min(i, last);
            prefetch(u_row + x + ahead), prefetch(v_row + x + ahead);
            const F32 u = kWhole ? load_f32(u_row + x) : load_f32_part(u_row, count);
            const F32 v = kWhole ? load_f32(v_row + x) : load_f32_part(v_row, count);
            put(first + x, sums.s(u, v), sums.d(u, v));
        };
    }

    bool whole() const { return end - begin >= kStep; }

    // Mirrors the columns beyond the border, in each of `lines` of a filled line.
    void mirror_border(float* line, size_t lines, size_t pitch, size_t reach) const {
        if (begin == 0 && end == reach) return;
        const auto copy = [&](size_t column) {
            const size_t from = static_cast<size_t>(static_cast<ptrdiff_t>(mirrored_with_edge(
                                                        left + static_cast<ptrdiff_t>(column), pair.width)) -
                                                    left);
            for (size_t i = 0; i < lines; ++i) line[i * pitch + column] = line[i * pitch + from];
        };
        for (size_t column = 0; column < begin; ++column) copy(column);
        for (size_t column = end; column < reach; ++column) copy(column);
    }
};

// row(y, S) for each row of a tile.
template <class Window, class Pixel, class Row>
void compare_strip(const Window& window, const ImagePair<Pixel>& pair, const Tile& tile, Row row) {
    using Rows = Strip<Window>;
    const Units units = pair.units(tile, window.total());
    const Formula formula = pair.formula(units, window.total());
    const StripSource<Pixel> source(pair, tile, units);
    Rows strip(window, tile.x1 - tile.x0, scratch<float>(0, Rows::kFloats));
    ptrdiff_t y = static_cast<ptrdiff_t>(tile.y0) - static_cast<ptrdiff_t>(pair.radius());
    const auto mirror_border = [&] {
        source.mirror_border(strip.line(), Window::kInputs, Rows::kPitch, strip.reach());
    };
    source.whole() ? strip.fill(source.template row<true>(y)) : strip.fill(source.template row<false>(y));
    mirror_border();
    const auto add = [&](size_t rows) {
        for (size_t i = 0; i < rows; ++i) {
            ++y;
            source.whole() ? strip.add(source.template row<true>(y))
                           : strip.add(source.template row<false>(y));
            mirror_border();
        }
    };
    add(Window::kWidth - 1);
    for (size_t top = tile.y0; top < tile.y1; top += Rows::kRows) {
        add(Rows::kRows);
        strip.compare(formula);
        for (size_t k = 0; k < std::min(Rows::kRows, tile.y1 - top); ++k) row(top + k, strip.similarity(k));
    }
}

// ---- all tiles ------------------------------------------------------------------------------------------

// tile(index, plan, run): run(row) calls row(y, S) for each row of the tile.
template <class Pixel, class Each>
void for_tiles(const ImagePair<Pixel>& pair, bool gaussian, Each each) {
    const auto strips = [&](const auto& window) {
        constexpr size_t kRows = std::remove_reference_t<decltype(window)>::kRows;
        const TilePlan plan{pair.height, pair.width, kStripColumns, kStripRows / kRows * kRows};
        each(plan, [&](const Tile& tile, auto row) { compare_strip(window, pair, tile, row); });
    };
    if (gaussian) return strips(GaussianWindow());
    if (pair.side == 7) return strips(UniformWindow<7>());
    if (pair.side == 11) return strips(UniformWindow<11>());
    const TilePlan plan{pair.height, pair.width, kWideColumns, kWideRows};
    each(plan, [&](const Tile& tile, auto row) { WideTile<Pixel>(pair, tile).run(row); });
}

template <class Pixel>
ImagePair<Pixel> pair_of(const Pixel* x, const Pixel* y, size_t height, size_t width,
                         const SsimWindow& window) {
    const double range = window.data_range * (sizeof(Pixel) == 1 ? 255.0 : 1.0);
    return {x, y, height, width, static_cast<size_t>(window.side_px), range};
}

template <class Pixel>
void map_of(const ImagePair<Pixel>& pair, bool gaussian, float* map) {
    const bool past_cache = pair.height * pair.width * sizeof(float) >= kPastCacheBytes;
    for_tiles(pair, gaussian, [&](const TilePlan& plan, auto run) {
        parallel_for(plan.count(), [&](size_t index) {
            const Tile tile = plan.tile(index);
            run(tile, [&](size_t y, const float* similarity) {
                copy_line(map + y * pair.width + tile.x0, similarity, (tile.x1 - tile.x0) * sizeof(float),
                          past_cache);
            });
            if (past_cache) finish_past_cache();
        });
    });
}

// Sum of S over the tile's pixels whose window lies inside the image.
template <class Pixel, class Run>
double sum_of(const ImagePair<Pixel>& pair, const Tile& tile, Run run) {
    const size_t radius = pair.radius(), top = radius, bottom = pair.height - radius;
    const size_t begin = std::max(tile.x0, radius), end = std::min(tile.x1, pair.width - radius);
    double sums[8] = {};
    run(tile, [&](size_t y, const float* similarity) {
        if (y < top || y >= bottom || begin >= end) return;
        const float* row = similarity + (begin - tile.x0);
        size_t i = 0;
        for (; i + 8 <= end - begin; i += 8) {
            for (size_t j = 0; j < 8; ++j) sums[j] += static_cast<double>(row[i + j]);
        }
        for (; i < end - begin; ++i) sums[i % 8] += static_cast<double>(row[i]);
    });
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

template <class Pixel>
double mean_of(const ImagePair<Pixel>& pair, bool gaussian) {
    double total = 0;
    for_tiles(pair, gaussian, [&](const TilePlan& plan, auto run) {
        double* sums = scratch<double>(2, plan.count());
        parallel_for(plan.count(), [&](size_t index) { sums[index] = sum_of(pair, plan.tile(index), run); });
        for (size_t tile = 0; tile < plan.count(); ++tile) total += sums[tile];
    });
    return total / static_cast<double>((pair.height - 2 * pair.radius()) * (pair.width - 2 * pair.radius()));
}

}  // namespace

void ssim_map(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window,
              float* map) {
    map_of(pair_of(x, y, height, width, window), window.gaussian, map);
}

void ssim_map(const float* x, const float* y, size_t height, size_t width, SsimWindow window, float* map) {
    map_of(pair_of(x, y, height, width, window), window.gaussian, map);
}

double ssim(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window) {
    return mean_of(pair_of(x, y, height, width, window), window.gaussian);
}

double ssim(const float* x, const float* y, size_t height, size_t width, SsimWindow window) {
    return mean_of(pair_of(x, y, height, width, window), window.gaussian);
}

}  // namespace surfedge::SURFEDGE_LEVEL
