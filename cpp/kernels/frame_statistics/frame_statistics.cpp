// Row by row: plain reductions that compilers turn into sums of absolute differences and multiply-adds.

#include "kernels/frame_statistics/frame_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kChunk = 4096;  // bytes whose sums of squares fit into 32 bits

// Sums of bytes are whole numbers; those of floats are doubles, taken in lanes of fixed number.
template <class Pixel>
using Sum = std::conditional_t<std::is_same_v<Pixel, uint8_t>, uint64_t, double>;

template <class Pixel>
struct Sums {
    Sum<Pixel> sum = 0, squares = 0, across = 0, along = 0;
    uint64_t dark = 0, bright = 0, constant = 0, repeated = 0;
};

void add_values(const uint8_t* row, size_t count, Sums<uint8_t>& sums) {
    for (size_t first = 0; first < count; first += kChunk) {
        const uint8_t* from = row + first;
        const size_t n = std::min(kChunk, count - first);
        uint32_t sum = 0, squares = 0;
        for (size_t i = 0; i < n; ++i) sum += from[i];
        for (size_t i = 0; i < n; ++i) squares += static_cast<uint32_t>(from[i] * from[i]);
        sums.sum += sum, sums.squares += squares;
    }
}

uint64_t differences(const uint8_t* a, const uint8_t* b, size_t count) {
    uint64_t total = 0;
    for (size_t first = 0; first < count; first += kChunk) {
        const size_t n = std::min(kChunk, count - first);
        uint32_t sum = 0;
        for (size_t i = 0; i < n; ++i) sum += static_cast<uint32_t>(std::abs(a[first + i] - b[first + i]));
        total += sum;
    }
    return total;
}

void count_ends(const uint8_t* row, size_t count, uint8_t low, uint8_t high, Sums<uint8_t>& sums) {
    constexpr size_t kFew = 192;  // counts that fit into a byte a lane
    for (size_t first = 0; first < count; first += kFew * 64) {
        const size_t n = std::min(kFew * 64, count - first);
        uint8_t dark[64] = {}, bright[64] = {};
        size_t i = 0;
        for (; i + 64 <= n; i += 64) {
            for (size_t k = 0; k < 64; ++k) {
                dark[k] = static_cast<uint8_t>(dark[k] + (row[first + i + k] <= low));
                bright[k] = static_cast<uint8_t>(bright[k] + (row[first + i + k] >= high));
            }
        }
        for (; i < n; ++i) sums.dark += row[first + i] <= low, sums.bright += row[first + i] >= high;
        for (size_t k = 0; k < 64; ++k) sums.dark += dark[k], sums.bright += bright[k];
    }
}

constexpr size_t kLanes8 = 8;  // partial sums, so that their order does not depend on the vectors' width

double total_of(const double (&lanes)[kLanes8]) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

void add_values(const float* row, size_t count, Sums<float>& sums) {
    double sum[kLanes8] = {}, squares[kLanes8] = {};
    size_t i = 0;
    for (; i + kLanes8 <= count; i += kLanes8) {
        for (size_t k = 0; k < kLanes8; ++k) {
            const double value = row[i + k];
            sum[k] += value, squares[k] += value * value;
        }
    }
    for (; i < count; ++i) {
        const double value = row[i];
        sum[i % kLanes8] += value, squares[i % kLanes8] += value * value;
    }
    sums.sum += total_of(sum), sums.squares += total_of(squares);
}

double differences(const float* a, const float* b, size_t count) {
    double sum[kLanes8] = {};
    size_t i = 0;
    for (; i + kLanes8 <= count; i += kLanes8) {
        for (size_t k = 0; k < kLanes8; ++k) sum[k] += static_cast<double>(std::fabs(a[i + k] - b[i + k]));
    }
    for (; i < count; ++i) sum[i % kLanes8] += static_cast<double>(std::fabs(a[i] - b[i]));
    return total_of(sum);
}

void count_ends(const float* row, size_t count, float low, float high, Sums<float>& sums) {
    uint32_t dark = 0, bright = 0;
    for (size_t i = 0; i < count; ++i) dark += row[i] <= low, bright += row[i] >= high;
    sums.dark += dark, sums.bright += bright;
}

// Rows come in bands, so that neighbours are compared; of a tall picture some bands are looked at, evenly
// spread.
constexpr size_t kBandRows = 16, kMostRows = 512;

template <class Pixel>
FrameStatistics statistics_of(const Pixel* image, size_t height, size_t width, Pixel low, Pixel high) {
    Sums<Pixel> sums;
    const size_t stride = kBandRows * ((height + kMostRows - 1) / kMostRows);
    size_t rows = 0, pairs = 0;
    for (size_t y = 0; y < height; y = (y + 1) % stride < kBandRows ? y + 1 : (y / stride + 1) * stride) {
        const Pixel* row = image + y * width;
        ++rows;
        add_values(row, width, sums);
        count_ends(row, width, low, high, sums);
        const auto across = differences(row + 1, row, width - 1);
        sums.across += across;
        sums.constant += across == 0;
        if (y == 0) continue;
        ++pairs;
        const auto along = differences(row, row - width, width);
        sums.along += along;
        sums.repeated += along == 0;
    }
    const double lines = static_cast<double>(rows), pixels = lines * static_cast<double>(width);
    const double mean = static_cast<double>(sums.sum) / pixels;
    const double variance = static_cast<double>(sums.squares) / pixels - mean * mean;
    FrameStatistics found;
    found.mean = mean;
    found.deviation = variance > 0 ? std::sqrt(variance) : variance != variance ? variance : 0.0;
    if (width > 1) found.across = static_cast<double>(sums.across) / (pixels - lines);
    if (pairs > 0) {
        found.along = static_cast<double>(sums.along) / static_cast<double>(pairs * width);
        found.repeated = static_cast<double>(sums.repeated) / static_cast<double>(pairs);
    }
    found.dark = static_cast<double>(sums.dark) / pixels;
    found.bright = static_cast<double>(sums.bright) / pixels;
    found.constant = static_cast<double>(sums.constant) / lines;
    return found;
}

}  // namespace

FrameStatistics frame_statistics(const uint8_t* image, size_t height, size_t width, uint8_t low,
                                 uint8_t high) {
    return statistics_of(image, height, width, low, high);
}

FrameStatistics frame_statistics(const float* image, size_t height, size_t width, float low, float high) {
    return statistics_of(image, height, width, low, high);
}

}  // namespace surfedge::SURFEDGE_LEVEL
