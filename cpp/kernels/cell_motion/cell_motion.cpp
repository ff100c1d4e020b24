#include "kernels/cell_motion/cell_motion.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/cell_deviations/places.hpp"
#include "kernels/cell_motion/point_windows.hpp"
#include "kernels/quantile/quantile.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kStep = kLanes<F32>;
constexpr size_t kPair = 2;        // rows that are summed together
constexpr size_t kPieceRows = 16;  // to a piece of work
constexpr size_t kTaps = 16;       // floats to a place: the cell around it and its two slopes, and room
constexpr size_t kThird = 3;       // the median is taken over every third sample

// The first ones within a piece of work, the others are held while the quantile works.
enum class Slot { places, fractions, shifts, lines, taps = kQuantileSlots, sums, weights, windows, end };

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
    double sigma_px;
};

const float* taps_of(const float* median, CellSize cell) {
    float* taps = scratch<float>(Slot::taps, kTaps * cell.places());
    const auto slope = [&](size_t sample, size_t period, size_t unit) {
        const size_t at = sample / unit % period, line = sample - at * unit;
        const size_t after = (at + 1) % period, before = (at + period - 1) % period;
        return 0.5f * (median[line + after * unit] - median[line + before * unit]);
    };
    cell.each_place([&](size_t place, const size_t* around) {
        float* tap = taps + kTaps * place;
        for (size_t i = 0; i < 4; ++i) {
            tap[i] = median[around[i]];
            tap[4 + i] = slope(around[i], cell.columns, 1);
            tap[8 + i] = slope(around[i], cell.rows, cell.columns);
        }
    });
    return taps;
}

// For each sample of a row: what the cell leaves of it, and the cell's slopes.
struct Lines {
    float *rest, *across, *along;
};

void compare_row(const float* image, Sampling sampling, size_t count, const float* taps, const Lookup& look,
                 Lines lines) {
    const auto at = [&](size_t i) { return taps + kTaps * static_cast<size_t>(look.place[i]); };
    const auto pixel = [&](size_t i) { return image[sampling.position(i)]; };
    float* const planes[] = {lines.rest, lines.across, lines.along};
    size_t i = 0;
#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    for (; i + 4 <= count; i += 4) {
        const float *p = at(i), *q = at(i + 1), *r = at(i + 2), *s = at(i + 3);
        const __m128 u = _mm_loadu_ps(look.across + i), v = _mm_loadu_ps(look.along + i);
        for (size_t plane = 0; plane < 3; ++plane) {
            __m128 here = _mm_load_ps(p + 4 * plane), right = _mm_load_ps(q + 4 * plane),
                   below = _mm_load_ps(r + 4 * plane), last = _mm_load_ps(s + 4 * plane);
            _MM_TRANSPOSE4_PS(here, right, below, last);
            const __m128 upper = here + (right - here) * u, lower = below + (last - below) * u;
            _mm_storeu_ps(planes[plane] + i, upper + (lower - upper) * v);
        }
        const __m128 pixels = _mm_setr_ps(pixel(i), pixel(i + 1), pixel(i + 2), pixel(i + 3));
        _mm_storeu_ps(lines.rest + i, pixels - _mm_loadu_ps(lines.rest + i));
    }
#endif
    for (; i < count; ++i) {
        for (size_t plane = 0; plane < 3; ++plane) {
            const float* tap = at(i) + 4 * plane;
            const float upper = tap[0] + (tap[1] - tap[0]) * look.across[i];
            const float lower = tap[2] + (tap[3] - tap[2]) * look.across[i];
            planes[plane][i] = upper + (lower - upper) * look.along[i];
        }
        lines.rest[i] = pixel(i) - lines.rest[i];
    }
}

// Looks samples up and compares them, row by row, with room for rows of `most` samples.
struct Rows {
    const Job& job;
    float* shifts;
    Lookup look;
    Lines lines;
    float* products;

    Rows(const Job& work, size_t most, size_t product_floats) : job(work) {
        const size_t room = most + kStep;
        shifts = scratch<float>(Slot::shifts, 2 * job.places.columns);
        int32_t* numbers = scratch<int32_t>(Slot::places, 2 * room);
        float* fractions = scratch<float>(Slot::fractions, 2 * room);
        look = {numbers, numbers + room, fractions, fractions + room};
        float* line = scratch<float>(Slot::lines, 3 * room + product_floats);
        lines = {line, line + room, line + 2 * room}, products = line + 3 * room;
    }
    void compare(size_t y, Sampling sampling, size_t count) const {
        look_up_row(y, job.width, sampling, job.places, job.cell, shifts, look);
        compare_row(job.image + y * job.width, sampling, count, job.taps, look, lines);
    }
};

// The median of |rest| over every third sample.
float median_rest(const Job& job) {
    const Sampling third{job.across.sampling.first, kThird * job.across.sampling.every};
    const size_t rows = (job.down.samples + kThird - 1) / kThird, columns = third.count(job.width);
    float* rests = scratch<float>(Slot::sums, rows * columns);
    parallel_for((rows + kPieceRows - 1) / kPieceRows, [&](size_t piece) {
        const Rows work(job, columns, 0);
        for (size_t i = piece * kPieceRows; i < std::min(rows, (piece + 1) * kPieceRows); ++i) {
            work.compare(job.down.sampling.position(kThird * i), third, columns);
            for (size_t j = 0; j < columns; ++j) rests[i * columns + j] = std::fabs(work.lines.rest[j]);
        }
    });
    return quantile(rests, rows * columns, 0.5);
}

// The five products of a row's samples, one line each; behind the last sample zeros.
void multiply_row(Lines lines, size_t count, size_t pitch, float limit, float* products) {
    const F32 high = splat<F32>(limit), low = splat<F32>(-limit);
    for (size_t i = 0; i < count; i += kStep) {
        const F32 rest = min(max(load<F32>(lines.rest + i), low), high);
        const F32 a = load<F32>(lines.across + i), b = load<F32>(lines.along + i);
        const F32 all[kMotionSums] = {a * a, a * b, b * b, a * rest, b * rest};
        for (size_t k = 0; k < kMotionSums; ++k) store(products + k * pitch + i, all[k]);
    }
    for (size_t k = 0; k < kMotionSums; ++k) {
        float* line = products + k * pitch;
        std::fill(line + count, line + pitch, 0.0f);
    }
}

// Sums of both rows' products in each window of a row: sums[row][k x points + p].
void sum_rows(const float* products, size_t pitch, const PointWindow* windows, size_t points, size_t room,
              float* sums, size_t sums_pitch) {
    for (size_t p = 0; p < points; ++p) {
        const PointWindow window = windows[p];
        F32 total[kPair * kMotionSums]{};
        const float* from = products + window.first;
        for (size_t i = 0; i < std::min(room, whole_vectors(window.count)); i += kStep) {
            const F32 weight = load<F32>(window.weights + i);
            for (size_t line = 0; line < kPair * kMotionSums; ++line)
                total[line] = fused(weight, load<F32>(from + line * pitch + i), total[line]);
        }
        for (size_t line = 0; line < kPair * kMotionSums; ++line)
            sums[line / kMotionSums * sums_pitch + line % kMotionSums * points + p] = sum_lanes(total[line]);
    }
}

void sum_across(const Job& job, const PointWindow* windows, size_t room, float limit, float* sums,
                size_t sums_pitch) {
    const size_t count = job.across.samples, pitch = whole_vectors(count) + room, rows = job.down.samples;
    parallel_for((rows + kPieceRows - 1) / kPieceRows, [&](size_t piece) {
        const Rows work(job, count, kPair * kMotionSums * pitch);
        for (size_t i = piece * kPieceRows; i < std::min(rows, (piece + 1) * kPieceRows); i += kPair) {
            for (size_t j = 0; j < kPair; ++j) {  // of an odd number of rows the last is done twice
                work.compare(job.down.sampling.position(std::min(i + j, rows - 1)), job.across.sampling,
                             count);
                multiply_row(work.lines, count, pitch, limit, work.products + j * kMotionSums * pitch);
            }
            sum_rows(work.products, pitch, windows, job.across.points, room, sums + i * sums_pitch,
                     sums_pitch);
        }
    });
}

// Sums of rows of sums in the window of one point.
void sum_down(PointWindow window, const float* sums, size_t pitch, size_t points, size_t plane, float* out) {
    float* total = scratch<float>(Slot::lines, pitch);
    for (size_t j = 0; j < pitch; j += kStep) {
        F32 sum{};
        for (size_t i = 0; i < window.count; ++i)
            sum = fused(splat<F32>(window.weights[i]), load<F32>(sums + (window.first + i) * pitch + j), sum);
        store(total + j, sum);
    }
    for (size_t k = 0; k < kMotionSums; ++k) std::copy_n(total + k * points, points, out + k * plane);
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
    const Job job{image, width, places, cell, taps_of(median, cell), down, across, given.sigma_px};
    const float limit = given.clip * median_rest(job);

    const size_t room = across.room(given.sigma_px), room_down = down.room(given.sigma_px);
    float* weights = scratch<float>(Slot::weights, places.columns * room + places.rows * room_down);
    PointWindow* windows = scratch<PointWindow>(Slot::windows, places.columns + places.rows);
    for (size_t p = 0; p < places.columns; ++p)
        windows[p] = point_window(across, p, given.sigma_px, weights + p * room);
    for (size_t p = 0; p < places.rows; ++p)
        windows[places.columns + p] =
            point_window(down, p, given.sigma_px, weights + places.columns * room + p * room_down);

    const size_t pitch = whole_vectors(kMotionSums * places.columns);
    float* sums = scratch<float>(Slot::sums, (down.samples + kPair) * pitch);
    sum_across(job, windows, room, limit, sums, pitch);
    parallel_for(places.rows, [&](size_t p) {
        sum_down(windows[places.columns + p], sums, pitch, places.columns, plane, out + p * places.columns);
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
