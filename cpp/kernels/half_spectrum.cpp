#include "kernels/half_spectrum.hpp"

#include <algorithm>

#include "kernels/transpose.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = HalfSpectrum::kLane, kElement = HalfSpectrum::kElement;

// kLane vectors, or fewer, `step` floats apart; of each all lanes, or fewer.
struct Block {
    size_t step, vectors, lanes;
    bool is_full() const { return vectors == kLane && lanes == kLane; }
};

// Lane j of vector i goes to lane i of vector j. What is missing in `source` counts as 0.
SURFEDGE_INLINE void turn_over(const float* from, Block source, float* to, Block target) {
    F32 v[kLane];
    if (source.is_full()) {
        for (size_t i = 0; i < kLane; ++i) v[i] = load<F32>(from + i * source.step);
    } else {
        for (size_t i = 0; i < kLane; ++i)
            v[i] = i < source.vectors ? load_part<F32>(from + i * source.step, source.lanes) : F32{};
    }
    transpose(v);
    if (target.is_full()) {
        for (size_t i = 0; i < kLane; ++i) store(to + i * target.step, v[i]);
    } else {
        for (size_t i = 0; i < kLane; ++i)
            if (i < target.vectors) store_part(to + i * target.step, v[i], target.lanes);
    }
}

size_t up_to_lane(size_t begin, size_t end) {
    return begin < end ? std::min(kLane, end - begin) : 0;
}

// Calls visit(row, columns' x, part of the element) for blocks of rows x columns; whole cache lines of one
// row before the next block of rows.
template <class Visit>
SURFEDGE_INLINE void for_blocks(const HalfSpectrum& half, size_t pair, Visit visit) {
    constexpr size_t kLine = std::max<size_t>(16, kLane);
    const size_t y = 2 * pair * kLane;
    for (size_t line = 0; line < half.width; line += kLine) {
        for (size_t part = 0; part < kElement; part += kLane) {
            for (size_t x = line; x < std::min(half.width, line + kLine); x += kLane)
                visit(y + part, x, part);
        }
    }
}

// Where the same column of many rows falls into one set of a cache, rows are written in long pieces: some
// columns of kLane rows on their way from elements to image.
bool rows_collide(const HalfSpectrum& half) {
    return kLane > 4 && half.width * sizeof(float) % 2048 == 0;
}

constexpr size_t kPieceColumns = 256, kCacheLine = 64 / sizeof(float);
struct Piece {
    static constexpr size_t kStep = kPieceColumns + 16;
    float pixels[kLane * kStep];
    float* row(size_t i) { return pixels + i * kStep; }
};

void store_rows_in_pieces(float* image, const HalfSpectrum& half, size_t pair, const float* elements) {
    Piece piece;
    const bool past_cache = half.height * half.width * sizeof(float) >= kPastCacheBytes;
    for (size_t part = 0; part < kElement; part += kLane) {
        const size_t y = 2 * pair * kLane + part, rows = up_to_lane(y, half.height);
        for (size_t x = 0; rows > 0 && x < half.width; x += kPieceColumns) {
            const size_t columns = std::min(kPieceColumns, half.width - x);
            for (size_t c = 0; c < columns; c += kLane)
                turn_over(elements + (x + c) * kElement + part, {kElement, up_to_lane(c, columns), kLane},
                          piece.row(0) + c, {Piece::kStep, kLane, kLane});
            for (size_t i = 0; i < rows; ++i)
                copy_line(image + (y + i) * half.width + x, piece.row(i), columns * sizeof(float),
                          past_cache);
        }
    }
    if (past_cache) finish_past_cache();
}

}  // namespace

void load_rows(const float* image, const HalfSpectrum& half, size_t pair, float* elements) {
    constexpr size_t kAhead = 4 * kCacheLine;  // memory's own guesses do not follow so many rows
    for_blocks(half, pair, [&](size_t y, size_t x, size_t part) {
        const size_t rows = up_to_lane(y, half.height), columns = up_to_lane(x, half.width);
        const float* from = image + y * half.width + x;
        if (x % kCacheLine == 0) {
            for (size_t i = 0; i < rows; ++i) prefetch(from + i * half.width + kAhead);
        }
        turn_over(from, {half.width, rows, columns}, elements + x * kElement + part,
                  {kElement, columns, kLane});
    });
}

void store_rows(float* image, const HalfSpectrum& half, size_t pair, const float* elements) {
    if (rows_collide(half)) return store_rows_in_pieces(image, half, pair, elements);
    for_blocks(half, pair, [&](size_t y, size_t x, size_t part) {
        const size_t rows = up_to_lane(y, half.height), columns = up_to_lane(x, half.width);
        turn_over(elements + x * kElement + part, {kElement, columns, kLane}, image + y * half.width + x,
                  {half.width, rows, columns});
    });
}

// With Z = A + i B, A and B spectra of real rows, 2 A(u) = Z(u) + conj Z(-u) and 2 B(u) = -i (Z(u) - conj
// Z(-u)).
void split_rows(const FftPlan& plan, const float* elements, const HalfSpectrum& half, size_t pair) {
    for (size_t u = 0; u < half.columns(); ++u) {
        const float* z = elements + plan.place[u] * kElement;
        const float* mirrored = elements + plan.place[u == 0 ? 0 : half.width - u] * kElement;
        const F32 re = load<F32>(z), im = load<F32>(z + kLane);
        const F32 mirrored_re = load<F32>(mirrored), mirrored_im = load<F32>(mirrored + kLane);
        float* a = half.at(2 * pair, u);
        float* b = half.at(2 * pair + 1, u);
        store(a, re + mirrored_re);
        store(a + kLane, im - mirrored_im);
        store(b, im + mirrored_im);
        store(b + kLane, mirrored_re - re);
    }
    for (size_t block : {2 * pair, 2 * pair + 1})
        std::fill(half.at(block, half.columns()), half.at(block, 0) + half.block_size(), 0.0f);
}

// Z(u) = A(u) + i B(u), Z(-u) = conj A(u) + i conj B(u). Where u = -u, A and B of real rows are real.
void join_rows(const FftPlan& plan, const HalfSpectrum& half, size_t pair, float* elements) {
    for (size_t u = 0; u < half.columns(); ++u) {
        const float* a = half.at(2 * pair, u);
        const float* b = half.at(2 * pair + 1, u);
        const F32 a_re = load<F32>(a), a_im = load<F32>(a + kLane);
        const F32 b_re = load<F32>(b), b_im = load<F32>(b + kLane);
        float* z = elements + plan.place[u] * kElement;
        if (u == 0 || 2 * u == half.width) {
            store(z, a_re);
            store(z + kLane, b_re);
        } else {
            float* mirrored = elements + plan.place[half.width - u] * kElement;
            store(z, a_re - b_im);
            store(z + kLane, a_im + b_re);
            store(mirrored, a_re + b_im);
            store(mirrored + kLane, b_re - a_im);
        }
    }
}

// Pieces of columns lie far apart: memory is asked for them so many blocks of rows ahead.
constexpr size_t kBlocksAhead = 4;

void load_columns(const HalfSpectrum& half, size_t u0, float* elements) {
    for (size_t y = 0; y < half.height; y += kLane) {
        const float* from = half.at(y / kLane, u0);
        const float* soon = from + kBlocksAhead * half.block_size();
        for (size_t i = 0; i < kLane * kElement; i += kCacheLine) prefetch(soon + i);
        const Block rows{kElement, up_to_lane(y, half.height), kLane};
        for (size_t part = 0; part < kElement; part += kLane)
            turn_over(from + part, {kElement, kLane, kLane}, elements + y * kElement + part, rows);
    }
}

void store_columns(const float* elements, const HalfSpectrum& half, size_t u0) {
    for (size_t y = 0; y < 2 * kLane * half.row_pairs(); y += kLane) {
        float* to = half.at(y / kLane, u0);
        const Block rows{kElement, up_to_lane(y, half.height), kLane};
        for (size_t part = 0; part < kElement; part += kLane)
            turn_over(elements + y * kElement + part, rows, to + part, {kElement, kLane, kLane});
    }
}

}  // namespace surfedge::SURFEDGE_LEVEL
