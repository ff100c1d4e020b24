#include "kernels/quantile/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kSample = 1024;
constexpr size_t kFew = 2048;       // so many are selected among directly
constexpr size_t kPiece = 1 << 16;  // elements of one piece of work
constexpr size_t kStep = kLanes<F32>;
constexpr size_t kPitch = kPiece + kStep;  // room for the kept ones; memory that is not written costs nothing

enum class Slot { kept, kept_before, splits, bins, end };
static_assert(static_cast<int>(Slot::end) == kQuantileSlots);

size_t pieces_of(size_t count) {
    return (count + kPiece - 1) / kPiece;
}

struct Bounds {
    float low, high;
};

// What one pass over a piece finds.
struct Split {
    size_t below = 0, at_low = 0, between = 0, at_high = 0;
    bool nan = false;
};

// Splits [from, from + count) by the bounds; elements between them go to `to`.
Split split(const float* from, size_t count, Bounds bounds, float* to) {
    const F32 low = splat<F32>(bounds.low), high = splat<F32>(bounds.high);
    Split found;
    I32 below{}, to_low{}, to_high{}, nan{};  // each set lane counts -1
    size_t i = 0;
    // Narrow registers keep nothing in most blocks: they look before they store.
    constexpr size_t kBlock = kVectorBytes == 16 ? 4 : 1;
    for (; i + kBlock * kStep <= count; i += kBlock * kStep) {
        F32 v[kBlock];
        I32 keep[kBlock], some{};
        for (size_t j = 0; j < kBlock; ++j) {
            v[j] = load<F32>(from + i + j * kStep);
            const I32 up_to_low = v[j] <= low, up_to_high = v[j] <= high;
            keep[j] = ~up_to_low & (v[j] < high);
            below += v[j] < low, to_low += up_to_low, to_high += up_to_high, nan |= v[j] != v[j];
            some |= keep[j];
        }
        if (kBlock > 1 && !any(some)) continue;
        for (size_t j = 0; j < kBlock; ++j) found.between += store_set(to + found.between, keep[j], v[j]);
    }
    found.below = count_set(below), found.at_low = count_set(to_low) - found.below;
    size_t to_high_count = count_set(to_high);
    found.nan = any(nan);
    for (; i < count; ++i) {
        const float v = from[i];
        found.below += v < bounds.low, found.at_low += v == bounds.low, to_high_count += v <= bounds.high;
        found.nan |= v != v;
        if (v > bounds.low && v < bounds.high) to[found.between++] = v;
    }
    found.at_high =
        bounds.low == bounds.high ? 0 : to_high_count - found.below - found.at_low - found.between;
    return found;
}

// Two elements between which rank lies almost surely: ranks of a sample, 3.5 standard deviations apart each
// way.
Bounds enclose(const float* values, size_t count, size_t rank) {
    float sample[kSample];
    const size_t stride = count / kSample;
    for (size_t i = 0; i < kSample; ++i) {
        const size_t jitter = (i * size_t{2654435761u} >> 12) % stride;  // columns of an image in turn
        sample[i] = values[i * stride + jitter];
        if (sample[i] != sample[i]) sample[i] = 0.0f;  // the pass will see it
    }
    const double share = static_cast<double>(rank) / static_cast<double>(count - 1),
                 middle = share * (kSample - 1);
    const double reach = 3.5 * std::sqrt(kSample * share * (1.0 - share)) + 2.0;
    const size_t low = static_cast<size_t>(std::max(0.0, middle - reach));
    const size_t high = static_cast<size_t>(std::min(kSample - 1.0, middle + reach));
    std::nth_element(sample, sample + low, sample + kSample);
    if (high > low) std::nth_element(sample + low + 1, sample + high, sample + kSample);
    // At an end of the sample no element of it is a bound.
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return {middle < reach ? -kInfinity : sample[low],
            middle + reach > kSample - 1.0 ? kInfinity : sample[high]};
}

// Bit patterns in the order of the numbers.
uint32_t key_of(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

// Selection whatever the values are: count the upper halves of the keys, then the lower halves below the
// right one.
float select_by_bits(const float* values, size_t count, size_t rank) {
    constexpr size_t kBins = 1 << 16;
    uint64_t* bins = scratch<uint64_t>(Slot::bins, kBins);
    const auto find = [&](auto bin_of) {
        std::fill_n(bins, kBins, uint64_t{0});
        for (size_t i = 0; i < count; ++i) bin_of(key_of(values[i]));
        uint32_t bin = 0;
        for (; rank >= bins[bin]; ++bin) rank -= bins[bin];
        return bin;
    };
    const uint32_t upper = find([&](uint32_t key) { ++bins[key >> 16]; });
    const uint32_t lower = find([&](uint32_t key) { bins[key & 0xFFFFu] += key >> 16 == upper; });
    const uint32_t key = upper << 16 | lower, bits = key >> 31 ? key & 0x7FFFFFFFu : ~key;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

bool has_nan(const float* values, size_t count) {
    bool nan = false;
    for (size_t i = 0; i < count; ++i) nan |= values[i] != values[i];
    return nan;
}

float select_directly(const float* values, size_t count, size_t rank) {
    float copy[kFew];
    std::memcpy(copy, values, count * sizeof(float));
    std::nth_element(copy, copy + rank, copy + count);
    return copy[rank];
}

// One pass over all values; those between the bounds end up at the start of `kept`.
Split split_all(const float* values, size_t count, Bounds bounds, float* kept, Split* found) {
    parallel_for(pieces_of(count), [&](size_t piece) {
        const size_t begin = piece * kPiece;
        found[piece] = split(values + begin, std::min(count - begin, kPiece), bounds, kept + piece * kPitch);
    });
    Split all;
    for (size_t piece = 0; piece < pieces_of(count); ++piece) {
        const Split& part = found[piece];
        if (all.between != piece * kPitch)
            std::memmove(kept + all.between, kept + piece * kPitch, part.between * sizeof(float));
        all.below += part.below, all.at_low += part.at_low, all.between += part.between;
        all.at_high += part.at_high, all.nan |= part.nan;
    }
    return all;
}

}  // namespace

float quantile(const float* values, size_t count, double q) {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    size_t rank = static_cast<size_t>(std::ceil(q * static_cast<double>(count - 1)));
    if (count <= kFew && has_nan(values, count)) return kNan;
    Slot slot = Slot::kept, other = Slot::kept_before;  // each turn reads what the one before has kept
    for (; count > kFew; std::swap(slot, other)) {
        float* kept = scratch<float>(slot, pieces_of(count) * kPitch);
        Split* found = scratch<Split>(Slot::splits, pieces_of(count));
        const Bounds bounds = enclose(values, count, rank);
        const Split all = split_all(values, count, bounds, kept, found);
        if (all.nan) return kNan;
        const size_t past_low = all.below + all.at_low, past_between = past_low + all.between;
        // The sample misled: the rank is elsewhere, or most values lie between the bounds.
        if (rank < all.below || rank >= past_between + all.at_high || all.between > count / 2)
            return select_by_bits(values, count, rank) + 0.0f;
        if (rank < past_low) return bounds.low + 0.0f;
        if (rank >= past_between) return bounds.high + 0.0f;
        values = kept, count = all.between, rank -= past_low;
    }
    return select_directly(values, count, rank) + 0.0f;
}

}  // namespace surfedge::SURFEDGE_LEVEL
