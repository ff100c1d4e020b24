#pragma once
// Gaussian windows around the points of a grid along one axis, each of sum 1.

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/cell_deviations/places.hpp"

namespace surfedge::SURFEDGE_LEVEL {

constexpr double kWindowReach = 5.5;  // standard deviations: beyond is below a float's rounding of the sum

// One axis of the grid: point p lies at (p - 1/2) step - 1/2 px.
struct GridAxis {
    size_t points, step_px;
    Sampling sampling;
    size_t samples;  // in the image

    // Of the longest window, in whole vectors.
    size_t room(double sigma_px) const {
        const double most = 2 * kWindowReach * sigma_px / static_cast<double>(sampling.every) + 2;
        const size_t length = static_cast<size_t>(std::min(most, static_cast<double>(samples)));
        return (length + kLanes<F32> - 1) / kLanes<F32> * kLanes<F32>;
    }
};

// The samples of a point's window: count weights of sum 1, then zeros up to the room that each has.
struct PointWindow {
    size_t first, count;
    const float* weights;
};

// The samples that a point's window takes, and how far the point lies behind the first of them, in px.
struct WindowSpan {
    size_t first, count;
    double before;
};

inline WindowSpan window_span(const GridAxis& axis, size_t p, double sigma_px) {
    const double every = static_cast<double>(axis.sampling.every),
                 last = static_cast<double>(axis.samples) - 1;
    const double at = (static_cast<double>(p) - 0.5) * static_cast<double>(axis.step_px) - 0.5 -
                      static_cast<double>(axis.sampling.first);
    const double low = std::max(std::ceil((at - kWindowReach * sigma_px) / every), 0.0);
    const double high = std::min(std::floor((at + kWindowReach * sigma_px) / every), last);
    if (!(low <= high)) return {0, 0, 0};
    const size_t first = static_cast<size_t>(low);
    const size_t count = std::min(static_cast<size_t>(high) + 1 - first, axis.room(sigma_px));
    return {first, count, at - low * every};
}

// The windows of points first, first + 1 ...; weights: room for each. Most are alike: they are copied.
inline void set_windows(const GridAxis& axis, size_t first, size_t points, double sigma_px, float* weights,
                        PointWindow* windows) {
    const size_t room = axis.room(sigma_px);
    const double every = static_cast<double>(axis.sampling.every);
    WindowSpan last{0, 0, 0};
    for (size_t p = 0; p < points; ++p, weights += room) {
        const WindowSpan span = window_span(axis, first + p, sigma_px);
        windows[p] = {span.first, span.count, weights};
        if (p > 0 && span.count == last.count && span.before == last.before) {
            std::copy_n(weights - room, room, weights);
            continue;
        }
        last = span;
        std::fill(weights, weights + room, 0.0f);
        const auto weight = [&](size_t i) {
            const double away = (static_cast<double>(i) * every - span.before) / sigma_px;
            return std::exp(-0.5 * away * away);
        };
        double sum = 0;
        for (size_t i = 0; i < span.count; ++i) sum += weight(i);
        for (size_t i = 0; i < span.count; ++i) weights[i] = static_cast<float>(weight(i) / sum);
    }
}

}  // namespace surfedge::SURFEDGE_LEVEL
