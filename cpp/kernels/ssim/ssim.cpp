// The image is cut into tiles. In each, four quantities of the two images are summed over windows, and S is
// formed from the sums: formula.hpp has the quantities, strip_rows.hpp the usual windows, wide.hpp all
// others.
#include "kernels/ssim/ssim.hpp"

#include <algorithm>

#include "kernels/ssim/pair.hpp"
#include "kernels/ssim/strip_rows.hpp"
#include "kernels/ssim/wide.hpp"
#include "kernels/support/parallel.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

template <class Rows, class Pixel>
void write_map(const ImagePair<Pixel>& pair, float* map) {
    const typename Rows::Window window;
    const TilePlan plan = Rows::plan(pair);
    const bool past_cache = pair.height * pair.width * sizeof(float) >= kPastCacheBytes;
    parallel_for(plan.count(), [&](size_t index) {
        const Tile tile = plan.tile(index);
        const size_t bytes = (tile.x1 - tile.x0) * sizeof(float);
        Rows rows(pair, window, tile);
        for (size_t top = tile.y0; top < tile.y1; top += Rows::kRows) {
            rows.next();
            for (size_t y = top; y < std::min(top + Rows::kRows, tile.y1); ++y)
                copy_line(map + y * pair.width + tile.x0, rows.similarity(y - top), bytes, past_cache);
        }
        if (past_cache) finish_past_cache();
    });
}

// Adds the values of a row to eight sums in turn.
void add_row(const float* values, size_t count, double (&sums)[8]) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        for (size_t j = 0; j < 8; ++j) sums[j] += static_cast<double>(values[i + j]);
    }
    for (; i < count; ++i) sums[i % 8] += static_cast<double>(values[i]);
}

// Sum of S over the tile's pixels whose window lies inside the image.
template <class Rows, class Pixel>
double sum_of(const ImagePair<Pixel>& pair, const typename Rows::Window& window, const Tile& tile) {
    const size_t radius = pair.radius(), first = radius, last = pair.height - radius;
    const size_t begin = std::max(tile.x0, radius), end = std::min(tile.x1, pair.width - radius);
    double sums[8] = {};
    Rows rows(pair, window, tile);
    for (size_t top = tile.y0; top < tile.y1; top += Rows::kRows) {
        rows.next();
        for (size_t y = top; y < std::min(top + Rows::kRows, tile.y1); ++y) {
            if (y < first || y >= last || begin >= end) continue;
            add_row(rows.similarity(y - top) + (begin - tile.x0), end - begin, sums);
        }
    }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

template <class Rows, class Pixel>
double mean_inside(const ImagePair<Pixel>& pair) {
    const typename Rows::Window window;
    const TilePlan plan = Rows::plan(pair);
    double* sums = scratch<double>(SsimSlot::sums, plan.count());
    parallel_for(plan.count(),
                 [&](size_t index) { sums[index] = sum_of<Rows>(pair, window, plan.tile(index)); });
    double total = 0;
    for (size_t tile = 0; tile < plan.count(); ++tile) total += sums[tile];
    return total / static_cast<double>((pair.height - 2 * pair.radius()) * (pair.width - 2 * pair.radius()));
}

// What is done with S, for one kind of window.
template <class Pixel>
struct Comparison {
    void (*map)(const ImagePair<Pixel>& pair, float* map);
    double (*mean)(const ImagePair<Pixel>& pair);
};

template <class Rows, class Pixel>
constexpr Comparison<Pixel> kComparison{&write_map<Rows, Pixel>, &mean_inside<Rows, Pixel>};

template <class Pixel>
Comparison<Pixel> comparison_by(const SsimWindow& window) {
    if (window.gaussian) return kComparison<StripRows<GaussianWindow, Pixel>, Pixel>;
    if (window.side_px == 7) return kComparison<StripRows<UniformWindow<7>, Pixel>, Pixel>;
    if (window.side_px == 11) return kComparison<StripRows<UniformWindow<11>, Pixel>, Pixel>;
    return kComparison<WideRows<Pixel>, Pixel>;
}

template <class Pixel>
ImagePair<Pixel> pair_of(const Pixel* x, const Pixel* y, size_t height, size_t width,
                         const SsimWindow& window) {
    const double range = window.data_range * (sizeof(Pixel) == 1 ? 255.0 : 1.0);
    return {x, y, height, width, static_cast<size_t>(window.side_px), range};
}

}  // namespace

void ssim_map(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window,
              float* map) {
    comparison_by<uint8_t>(window).map(pair_of(x, y, height, width, window), map);
}

void ssim_map(const float* x, const float* y, size_t height, size_t width, SsimWindow window, float* map) {
    comparison_by<float>(window).map(pair_of(x, y, height, width, window), map);
}

double ssim(const uint8_t* x, const uint8_t* y, size_t height, size_t width, SsimWindow window) {
    return comparison_by<uint8_t>(window).mean(pair_of(x, y, height, width, window));
}

double ssim(const float* x, const float* y, size_t height, size_t width, SsimWindow window) {
    return comparison_by<float>(window).mean(pair_of(x, y, height, width, window));
}

}  // namespace surfedge::SURFEDGE_LEVEL
