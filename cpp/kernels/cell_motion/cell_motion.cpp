#include "kernels/cell_motion/cell_motion.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/cell_deviations/places.hpp"
#include "kernels/cell_deviations/taps.hpp"
#include "kernels/cell_motion/point_windows.hpp"
#include "kernels/cell_motion/row_reach.hpp"
#include "kernels/quantile/quantile.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kStep = kLanes<F32>;
constexpr size_t kStrip = 128;     // samples of a row to a piece of work
constexpr size_t kPieceRows = 16;  // to a piece of work where rows are compared as a whole
constexpr size_t kTaps = 16;       // floats to a place: of the cell around it and its two slopes, and room
constexpr size_t kThird = 3;       // the median is taken over every third sample

// The first ones within a piece of work, the others are held while the quantile works.
enum class Slot { places, fractions, shifts, products, taps = kQuantileSlots, sums, weights, windows, end };

size_t whole_vectors(size_t count) {
    return (count + kStep - 1) / kStep * kStep;
}

struct Job {
    const float* image;
    size_t width;
    const CellPlaces& places;
    CellSize cell;
    const float* taps;
    GridAxis down, across;
};

const float* taps_of(const float* median, CellSize cell) {
    float* taps = scratch<float>(Slot::taps, kTaps * cell.places());
    const auto slope = [&](size_t sample, size_t period, size_t unit) {
        const size_t at = sample / unit % period, line = sample - at * unit;
        const size_t after = (at + 1) % period, before = (at + period - 1) % period;
        return 0.5f * (median[line + after * unit] - median[line + before * unit]);
    };
    cell.each_place([&](size_t place, const size_t* around) {
        float usual[4], across[4], along[4], *tap = taps + kTaps * place;
        for (size_t i = 0; i < 4; ++i) {
            usual[i] = median[around[i]];
            across[i] = slope(around[i], cell.columns, 1);
            along[i] = slope(around[i], cell.rows, cell.columns);
        }
        set_bilinear(usual, tap), set_bilinear(across, tap + 4), set_bilinear(along, tap + 8);
    });
    return taps;
}

// Where the samples of a row, or of a part of it, lie in the cell, and what the cell and its slopes are
// there.
struct Row {
    const Job& job;
    float* shifts;
    Lookup look;
    const float* image = nullptr;
    Sampling sampling{0, 1};

    Row(const Job& work, size_t most) : job(work) {
        const size_t room = most + 2 * kStep;
        shifts = scratch<float>(Slot::shifts, 2 * job.places.columns);
        float* fractions = scratch<float>(Slot::fractions, 2 * room);
        look = {scratch<int32_t>(Slot::places, room), nullptr, fractions, fractions + room};
    }
    // The span's places from 0 on; those behind its end are somewhere in the cell, for whole Pixels.
    void look_up(size_t y, Sampling samples, Span span) {
        look_up_row(y, job.width, samples, span, job.places, job.cell, shifts, look);
        const size_t count = span.end - span.first;
        std::fill_n(look.place + count, kPixels, 0);
        image = job.image + y * job.width + samples.position(span.first);
        sampling = samples;
    }
    // The pixels so many rows further are needed soon: strips are too narrow for the processor to see that.
    void ask_for_row_after(size_t rows, size_t count) const {
        const float* after = image + rows * sampling.every * job.width;
        for (size_t i = 0; i < count * sampling.every; i += 64 / sizeof(float)) prefetch(after + i);
    }
    // Samples i ... i + kPixels - 1 of the cell (plane 0) or its slopes (1, 2).
    SURFEDGE_INLINE Pixels plane(size_t number, size_t i) const {
        Pixels tap[4];
        turn_over(
            [&](size_t j) { return job.taps + kTaps * static_cast<size_t>(look.place[i + j]) + 4 * number; },
            tap);
        return bilinear(tap, load<Pixels>(look.across + i), load<Pixels>(look.along + i));
    }
    // The first `held` of as many pixels.
    SURFEDGE_INLINE Pixels pixels(size_t i, size_t held) const {
        if (sampling.every == 1 && held == kPixels) return load<Pixels>(image + i);
        float some[kPixels] = {};
        for (size_t j = 0; j < held; ++j) some[j] = image[(i + j) * sampling.every];
        return load<Pixels>(some);
    }
};

// The median of |image - cell| over every third sample.
float median_rest(const Job& job) {
    const Sampling third{job.across.sampling.first, kThird * job.across.sampling.every};
    const size_t rows = (job.down.samples + kThird - 1) / kThird, columns = third.count(job.width);
    float* rests = scratch<float>(Slot::sums, rows * columns);
    parallel_for((rows + kPieceRows - 1) / kPieceRows, [&](size_t piece) {
        Row row(job, columns);
        for (size_t i = piece * kPieceRows; i < std::min(rows, (piece + 1) * kPieceRows); ++i) {
            row.look_up(job.down.sampling.position(kThird * i), third, {0, columns});
            for (size_t j = 0; j < columns; j += kPixels) {
                const size_t held = std::min(kPixels, columns - j);
                float rest[kPixels];
                store(rest, row.pixels(j, held) - row.plane(0, j));
                for (size_t k = 0; k < held; ++k) rests[i * columns + j + k] = std::fabs(rest[k]);
            }
        }
    });
    return quantile(rests, rows * columns, 0.5);
}

// The five products of a row's samples in the span, kStrip of each; zeros behind the last.
void multiply_row(const Row& row, size_t count, float limit, float* products) {
    for (size_t i = 0; i < count; i += kPixels) {
        const size_t held = std::min(kPixels, count - i);
        Pixels rest = row.pixels(i, held) - row.plane(0, i);
        rest = min(max(rest, splat<Pixels>(-limit)), splat<Pixels>(limit));
        const Pixels a = row.plane(1, i), b = row.plane(2, i);
        const Pixels all[kMotionSums] = {a * a, a * b, b * b, a * rest, b * rest};
        for (size_t k = 0; k < kMotionSums; ++k) store(products + k * kStrip + i, all[k]);
    }
    for (size_t k = 0; k < kMotionSums; ++k) {
        float* line = products + k * kStrip;
        std::fill(line + count, line + kStrip, 0.0f);
    }
}

// The weights of kRows rows from the first on in the windows of each point in reach.
void set_weights(size_t first, const RowReach& reach, const PointWindow* windows, float* weights) {
    for (size_t p = reach.begin; p < reach.end; ++p) {
        for (size_t i = 0; i < kRows; ++i) *weights++ = weight_of_row(windows[p], first + i);
    }
}

// Adds kRows rows of products to the sums of the points: sums + p * pitch, kMotionSums lines each `line`
// apart.
void add_rows(const float* products, const RowReach& reach, const float* weights, size_t count, float* sums,
              size_t pitch, size_t line) {
    for (size_t k = 0; k < kMotionSums; ++k) {
        for (size_t x = 0; x < count; x += kStep) {
            F32 row[kRows];
            for (size_t i = 0; i < kRows; ++i)
                row[i] = load<F32>(products + (i * kMotionSums + k) * kStrip + x);
            const float* weight = weights;
            for (size_t p = reach.begin; p < reach.end; ++p, weight += kRows) {
                float* to = sums + p * pitch + k * line + x;
                F32 total = load<F32>(to);
                for (size_t i = 0; i < kRows; ++i) total = fused(splat<F32>(weight[i]), row[i], total);
                store(to, total);
            }
        }
    }
}

// Sums down the columns in the windows of the grid's rows, by strips of columns: a line for each row of the
// grid and each product, `line` long, zeros behind the last sample.
void sum_down(const Job& job, const PointWindow* windows, float limit, float* sums, size_t line) {
    const size_t count = job.across.samples, rows = job.down.samples, points = job.down.points;
    const size_t pitch = kMotionSums * line, strips = (count + kStrip - 1) / kStrip;
    parallel_for(strips, [&](size_t strip) {
        const Span span{strip * kStrip, std::min(count, (strip + 1) * kStrip)};
        const size_t length = span.end - span.first, end = span.end == count ? line : span.end;
        for (size_t i = 0; i < points * kMotionSums; ++i)
            std::fill(sums + i * line + span.first, sums + i * line + end, 0.0f);
        Row row(job, kStrip);
        float* products = scratch<float>(Slot::products, kRows * (kMotionSums * kStrip + points));
        float* weights = products + kRows * kMotionSums * kStrip;
        RowReach reach;
        for (size_t y = 0; y < rows; y += kRows) {
            for (size_t i = 0; i < kRows; ++i) {
                float* to = products + i * kMotionSums * kStrip;
                if (y + i >= rows) {
                    std::fill_n(to, kMotionSums * kStrip, 0.0f);
                    continue;
                }
                row.look_up(job.down.sampling.position(y + i), job.across.sampling, span);
                if (y + i + kRows < rows) row.ask_for_row_after(kRows, length);
                multiply_row(row, length, limit, to);
            }
            reach.move_to(y, windows, points);
            set_weights(y, reach, windows, weights);
            add_rows(products, reach, weights, length, sums + span.first, pitch, line);
        }
    });
}

// Sums along the lines of one row of the grid in the windows of its points.
void sum_across(const PointWindow* windows, size_t points, const float* lines, size_t line, float* out,
                size_t plane) {
    for (size_t p = 0; p < points; ++p) {
        const PointWindow window = windows[p];
        F32 total[kMotionSums]{};
        const float* from = lines + window.first;
        for (size_t i = 0; i < whole_vectors(window.count); i += kStep) {
            const F32 weight = load<F32>(window.weights + i);
            for (size_t k = 0; k < kMotionSums; ++k)
                total[k] = fused(weight, load<F32>(from + k * line + i), total[k]);
        }
        for (size_t k = 0; k < kMotionSums; ++k) out[k * plane + p] = sum_lanes(total[k]);
    }
}

}  // namespace

void cell_motion(const float* image, size_t height, size_t width, const CellPlaces& places,
                 const float* median, size_t rows, size_t columns, const MotionSampling& given, float* out) {
    const Sampling sampling{given.every / 2, given.every};
    const GridAxis down{places.rows, places.step_px, sampling, sampling.count(height)};
    const GridAxis across{places.columns, places.step_px, sampling, sampling.count(width)};
    const size_t plane = places.rows * places.columns;
    if (down.samples == 0 || across.samples == 0) return std::fill_n(out, kMotionSums * plane, 0.0f), void();
    const CellSize cell{rows, columns};
    const Job job{image, width, places, cell, taps_of(median, cell), down, across};
    const float limit = given.clip * median_rest(job);

    const size_t room = across.room(given.sigma_px), room_down = down.room(given.sigma_px);
    float* weights = scratch<float>(Slot::weights, places.columns * room + places.rows * room_down);
    PointWindow* windows = scratch<PointWindow>(Slot::windows, places.columns + places.rows);
    set_windows(across, 0, places.columns, given.sigma_px, weights, windows);
    set_windows(down, 0, places.rows, given.sigma_px, weights + places.columns * room,
                windows + places.columns);

    const size_t line = whole_vectors(across.samples) + room;
    float* sums = scratch<float>(Slot::sums, places.rows * kMotionSums * line);
    sum_down(job, windows + places.columns, limit, sums, line);
    parallel_for(places.rows, [&](size_t p) {
        sum_across(windows, places.columns, sums + p * kMotionSums * line, line, out + p * places.columns,
                   plane);
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
