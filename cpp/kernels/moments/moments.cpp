#include "kernels/moments/moments.hpp"

#include <algorithm>
#include <limits>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kStep = kLanes<F32>;
constexpr size_t kDown = 4, kOver = kVectorBytes == 64 ? 4 : 2;  // products of rows that are summed together
constexpr size_t kLeastPiece = 16 * kMomentsBlock, kMostPieces = 64;

enum class Slot { centre, masks, rows, sums, end };

struct Job {
    const float* x;
    size_t size, count;
    const uint8_t* kept;
    float* centre;
    size_t rows;  // those of x, one of ones, and some of zeros: a multiple of kDown
    size_t piece;
    double* sums;  // of each piece rows x rows

    size_t pieces() const { return (count + piece - 1) / piece; }
};

// Of 0 or more vectors from `first` on, all ones for those that count, in lanes; room for a whole vector
// more.
void set_masks(const Job& job, size_t first, size_t held, int32_t* masks) {
    for (size_t i = 0; i < held; ++i) masks[i] = job.kept && job.kept[first + i] == 0 ? 0 : -1;
    std::fill(masks + held, masks + held + kStep, 0);
}

// A row's values, 0 where a vector does not count or lies beyond the last.
SURFEDGE_INLINE F32 taken(const float* row, size_t i, size_t held, const int32_t* masks, F32 centre) {
    const F32 v = held - i >= kStep ? load<F32>(row + i) : load_part<F32>(row + i, held - i);
    return select(load<I32>(masks + i), v - centre, F32{});
}

// The mean of those that count, nearly: sums of a block are float32.
float mean_of(const Job& job, size_t row) {
    int32_t* masks = scratch<int32_t>(Slot::masks, kMomentsBlock + kStep);
    double sum = 0, number = 0;
    for (size_t first = 0; first < job.count; first += kMomentsBlock) {
        const size_t held = std::min(kMomentsBlock, job.count - first);
        set_masks(job, first, held, masks);
        F32 total{};
        I32 counted{};
        for (size_t i = 0; i < held; i += kStep) {
            total += taken(job.x + row * job.count + first, i, held, masks, F32{});
            counted += load<I32>(masks + i);
        }
        sum += static_cast<double>(sum_lanes(total));
        number -= static_cast<double>(sum_lanes(counted));
    }
    return number > 0 ? static_cast<float>(sum / number) : 0.0f;
}

// Products of kDown rows with kOver rows of a block, added to sums.
void add_products(const float* down, const float* over, size_t length, size_t rows, double* sums) {
    F32 total[kDown][kOver] = {};
    for (size_t i = 0; i < length; i += kStep) {
        F32 other[kOver];
        for (size_t b = 0; b < kOver; ++b) other[b] = load<F32>(over + b * kMomentsBlock + i);
        for (size_t a = 0; a < kDown; ++a) {
            const F32 one = load<F32>(down + a * kMomentsBlock + i);
            for (size_t b = 0; b < kOver; ++b) total[a][b] = fused(one, other[b], total[a][b]);
        }
    }
    for (size_t a = 0; a < kDown; ++a) {
        for (size_t b = 0; b < kOver; ++b) sums[a * rows + b] += static_cast<double>(sum_lanes(total[a][b]));
    }
}

// One block of vectors about the centre, then ones; lanes that do not count are 0 throughout.
void centre_block(const Job& job, size_t first, size_t held, const int32_t* masks, float* rows) {
    const size_t length = (held + kStep - 1) / kStep * kStep;
    for (size_t row = 0; row < job.size; ++row) {
        const F32 centre = splat<F32>(job.centre[row]);
        for (size_t i = 0; i < length; i += kStep)
            store(rows + row * kMomentsBlock + i,
                  taken(job.x + row * job.count + first, i, held, masks, centre));
    }
    for (size_t i = 0; i < length; ++i) rows[job.size * kMomentsBlock + i] = masks[i] ? 1.0f : 0.0f;
}

// The lower triangle is made, by tiles.
void sum_piece(const Job& job, size_t piece) {
    double* sums = job.sums + piece * job.rows * job.rows;
    float* rows = scratch<float>(Slot::rows, job.rows * kMomentsBlock);
    int32_t* masks = scratch<int32_t>(Slot::masks, kMomentsBlock + kStep);
    std::fill_n(sums, job.rows * job.rows, 0.0);
    std::fill_n(rows, job.rows * kMomentsBlock, 0.0f);
    const size_t end = std::min(job.count, (piece + 1) * job.piece);
    for (size_t first = piece * job.piece; first < end; first += kMomentsBlock) {
        const size_t held = std::min(kMomentsBlock, end - first);
        set_masks(job, first, held, masks);
        centre_block(job, first, held, masks, rows);
        for (size_t a = 0; a < job.rows; a += kDown) {
            for (size_t b = 0; b < a + kDown; b += kOver)
                add_products(rows + a * kMomentsBlock, rows + b * kMomentsBlock, held, job.rows,
                             sums + a * job.rows + b);
        }
    }
}

}  // namespace

void moments(const float* x, size_t size, size_t count, const uint8_t* kept, double* mean,
             double* covariance) {
    const size_t rows = (size + kDown) / kDown * kDown;
    const size_t share = (count + kMostPieces - 1) / kMostPieces;
    const size_t piece = std::max(kLeastPiece, (share + kMomentsBlock - 1) / kMomentsBlock * kMomentsBlock);
    Job job{x, size, count, kept, scratch<float>(Slot::centre, size), rows, piece, nullptr};
    job.sums = scratch<double>(Slot::sums, (job.pieces() + 1) * rows * rows);
    parallel_for(size, [&](size_t row) { job.centre[row] = mean_of(job, row); });
    parallel_for(job.pieces(), [&](size_t number) { sum_piece(job, number); });
    double* all = job.sums + job.pieces() * rows * rows;
    std::fill_n(all, rows * rows, 0.0);
    for (size_t number = 0; number < job.pieces(); ++number) {
        for (size_t i = 0; i < rows * rows; ++i) all[i] += job.sums[number * rows * rows + i];
    }
    const double* last = all + size * rows;  // products with ones: sums
    const double counted = last[size];
    for (size_t a = 0; a < size; ++a) {
        const double away = last[a] / counted;
        mean[a] = static_cast<double>(job.centre[a]) + away;
        for (size_t b = 0; b <= a; ++b)
            covariance[a * size + b] = covariance[b * size + a] =
                all[a * rows + b] / counted - away * (last[b] / counted);
    }
}

}  // namespace surfedge::SURFEDGE_LEVEL
