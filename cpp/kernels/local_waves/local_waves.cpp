#include "kernels/local_waves/local_waves.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "kernels/cell_motion/point_windows.hpp"
#include "kernels/cell_motion/row_reach.hpp"
#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kStep = kLanes<F32>;
constexpr size_t kStrip = 128;  // columns to a piece of work
constexpr double kTurn = 6.283185307179586476925286766559;

enum class Slot { block, weights, windows, sums, waves, tables, end };

size_t whole_vectors(size_t count) {
    return (count + kStep - 1) / kStep * kStep;
}

// Cosines and then sines of -2 pi f n, n = 0 ... length - 1: turned on from value to value, now and then
// anew.
void set_wave(double frequency, size_t length, float* wave) {
    constexpr size_t kAnew = 64;
    const std::complex<double> step = std::polar(1.0, -kTurn * (frequency - std::rint(frequency)));
    std::complex<double> value = 1.0;
    for (size_t n = 0; n < length; ++n) {
        if (n % kAnew == 0) {
            const double turns = frequency * static_cast<double>(n);
            value = std::polar(1.0, -kTurn * (turns - std::rint(turns)));
        }
        const double re = value.real(), im = value.imag();
        wave[n] = static_cast<float>(re), wave[length + n] = static_cast<float>(im);
        value = {re * step.real() - im * step.imag(), re * step.imag() + im * step.real()};
    }
}

struct Job {
    const float* image;
    size_t height, width, count;
    GridAxis down, across;    // with a point more, before the first
    const PointWindow* rows;  // of the grid's rows
    const float* waves;       // down the columns, for each frequency 2 wave_length()
    float* sums;              // for each row of the grid and frequency two lines, real and imaginary
    size_t line;

    size_t grid_rows() const { return down.points - 1; }
    size_t lines() const { return 2 * count; }
    size_t wave_length() const { return (height + kRows - 1) / kRows * kRows; }  // whole blocks of rows
};

// kRows rows of the image from y on, a strip of them; zeros behind the last row and pixel.
void copy_block(const Job& job, size_t y, size_t first, size_t length, float* block) {
    std::fill_n(block, kRows * kStrip, 0.0f);
    for (size_t i = 0; i < std::min(kRows, job.height - y); ++i)
        std::copy_n(job.image + (y + i) * job.width + first, length, block + i * kStrip);
}

// Window times wave of kRows rows: for each point in reach and each of its lines.
void set_weights(const Job& job, size_t y, const RowReach& reach, float* weights) {
    for (size_t p = reach.begin; p < reach.end; ++p) {
        float own[kRows];
        for (size_t i = 0; i < kRows; ++i) own[i] = weight_of_row(job.rows[p], y + i);
        for (size_t j = 0; j < job.lines(); ++j, weights += kRows) {
            const float* wave = job.waves + j * job.wave_length() + y;
            for (size_t i = 0; i < kRows; ++i) weights[i] = own[i] * wave[i];
        }
    }
}

void sum_strip(const Job& job, size_t strip) {
    const size_t first = strip * kStrip, length = std::min(kStrip, job.width - first);
    const size_t end = first + length == job.width ? job.line : first + length;
    for (size_t i = 0; i < job.grid_rows() * job.lines(); ++i)
        std::fill(job.sums + i * job.line + first, job.sums + i * job.line + end, 0.0f);
    float* block = scratch<float>(Slot::block, kRows * kStrip);
    float* weights = scratch<float>(Slot::weights, kRows * job.grid_rows() * job.lines());
    RowReach reach;
    for (size_t y = 0; y < job.height; y += kRows) {
        copy_block(job, y, first, length, block);
        reach.move_to(y, job.rows, job.grid_rows());
        set_weights(job, y, reach, weights);
        float* sums = job.sums + reach.begin * job.lines() * job.line + first;
        const size_t lines = (reach.end - reach.begin) * job.lines();
        for (size_t x = 0; x < length; x += kStep) {
            F32 row[kRows];
            for (size_t i = 0; i < kRows; ++i) row[i] = load<F32>(block + i * kStrip + x);
            for (size_t j = 0; j < lines; ++j) {
                float* to = sums + j * job.line + x;
                F32 total = load<F32>(to);
                for (size_t i = 0; i < kRows; ++i)
                    total = fused(splat<F32>(weights[j * kRows + i]), row[i], total);
                store(to, total);
            }
        }
    }
}

// Windows times waves along the rows: for each frequency and point cosines and then sines, `room` of each.
void set_tables(const Job& job, const PointWindow* windows, const double* frequencies, size_t room,
                float* wave, float* tables) {
    for (size_t k = 0; k < job.count; ++k) {
        set_wave(frequencies[2 * k], job.width, wave);
        for (size_t c = 0; c + 1 < job.across.points; ++c) {
            const PointWindow& window = windows[c];
            for (size_t part = 0; part < 2; ++part, tables += room) {
                for (size_t i = 0; i < window.count; ++i)
                    tables[i] = window.weights[i] * wave[part * job.width + window.first + i];
                std::fill(tables + window.count, tables + room, 0.0f);
            }
        }
    }
}

// One row of the grid: sums along its lines.
void sum_across(const Job& job, const PointWindow* windows, const float* tables, size_t room, size_t row,
                float* out) {
    const size_t columns = job.across.points - 1, plane = 2 * columns * job.grid_rows();
    const float* lines = job.sums + row * job.lines() * job.line;
    for (size_t k = 0; k < job.count; ++k, lines += 2 * job.line) {
        for (size_t c = 0; c < columns; ++c, tables += 2 * room) {
            const float* from = lines + windows[c].first;
            F32 re{}, im{}, less{};
            for (size_t i = 0; i < whole_vectors(windows[c].count); i += kStep) {
                const F32 a = load<F32>(from + i), b = load<F32>(from + job.line + i);
                const F32 cosine = load<F32>(tables + i), sine = load<F32>(tables + room + i);
                re = fused(cosine, a, re), less = fused(sine, b, less);
                im = fused(cosine, b, fused(sine, a, im));
            }
            float* to = out + k * plane + 2 * (row * columns + c);
            to[0] = sum_lanes(re - less), to[1] = sum_lanes(im);
        }
    }
}

}  // namespace

void local_waves(const float* image, size_t height, size_t width, const WaveGrid& grid,
                 const double* frequencies, size_t count, float* out) {
    const Sampling all{0, 1};
    const GridAxis down{grid.rows + 1, grid.step_px, all, height};
    const GridAxis across{grid.columns + 1, grid.step_px, all, width};
    if (height == 0 || width == 0)
        return std::fill_n(out, 2 * count * grid.rows * grid.columns, 0.0f), void();
    const size_t room = across.room(grid.sigma_px), room_down = down.room(grid.sigma_px);
    PointWindow* windows = scratch<PointWindow>(Slot::windows, grid.rows + grid.columns);
    const size_t plain = grid.rows * room_down + grid.columns * room;
    float* tables = scratch<float>(Slot::tables, plain + 2 * count * grid.columns * room);
    set_windows(down, 1, grid.rows, grid.sigma_px, tables, windows);
    set_windows(across, 1, grid.columns, grid.sigma_px, tables + grid.rows * room_down, windows + grid.rows);
    const size_t length = (height + kRows - 1) / kRows * kRows;
    float* waves = scratch<float>(Slot::waves, 2 * (count * length + width));
    for (size_t k = 0; k < count; ++k) set_wave(frequencies[2 * k + 1], length, waves + 2 * k * length);
    const size_t line = whole_vectors(width) + room;
    float* sums = scratch<float>(Slot::sums, 2 * count * grid.rows * line);
    const Job job{image, height, width, count, down, across, windows, waves, sums, line};
    set_tables(job, windows + grid.rows, frequencies, room, waves + 2 * count * length, tables + plain);
    parallel_for((width + kStrip - 1) / kStrip, [&](size_t strip) { sum_strip(job, strip); });
    parallel_for(grid.rows,
                 [&](size_t row) { sum_across(job, windows + grid.rows, tables + plain, room, row, out); });
}

}  // namespace surfedge::SURFEDGE_LEVEL
