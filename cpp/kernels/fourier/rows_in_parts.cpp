// Rows two by two: one is the real part of a complex row, the other its imaginary part.

#include <algorithm>

#include "kernels/fourier/butterflies.hpp"
#include "kernels/fourier/half_spectrum.hpp"
#include "kernels/fourier/slots.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"
#include "kernels/support/transpose.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLane = HalfSpectrum::kLane, kElement = HalfSpectrum::kElement;

// Two rows of the image or of its spectrum; the last one of an odd number goes with itself.
template <class T>
struct Pair {
    T *a, *b;
};

// Two rows of the half spectrum, and how far its blocks lie apart.
struct SpectrumPair {
    float *a, *b;
    size_t step, blocks;

    SpectrumPair(const HalfSpectrum& half, size_t y, size_t other)
        : a(half.at(0, y)), b(half.at(0, other)), step(half.block_size()), blocks(half.blocks()) {}
};

// What will be worked on next, asked for bit by bit meanwhile: the next two rows of the image, and of the
// half spectrum the rows of the next piece, which lie side by side in each block.
class Soon {
  public:
    explicit Soon(const HalfSpectrum& half)
        : lines_(half.blocks() * kLinesOfBlock / (kPieceRows / 2 * (half.width / (kLane * kLane) + 1)) + 1) {}

    void set_spectrum(const HalfSpectrum& half, size_t y0) {
        block_ = half.at(0, y0), step_ = half.block_size();
        left_ = y0 < half.height ? half.blocks() : 0;
    }
    void set_rows(Pair<const float> rows) { rows_ = rows; }

    // At step j of for_steps.
    SURFEDGE_INLINE void ask(size_t j) {
        for (size_t i = 0; rows_.a && i < kLane * kLane; i += HalfSpectrum::kCacheLine) {
            prefetch_later(rows_.a + j * kLane + i);
            prefetch_later(rows_.b + j * kLane + i);
        }
        for (size_t lines = lines_; lines > 0 && left_ > 0; --lines) {
            prefetch_later(block_ + line_ * HalfSpectrum::kCacheLine);
            if (++line_ < kLinesOfBlock) continue;
            line_ = 0, block_ += step_, --left_;
        }
    }

  private:
    static constexpr size_t kLinesOfBlock = kPieceRows * kElement / HalfSpectrum::kCacheLine;
    const size_t lines_;
    Pair<const float> rows_{nullptr, nullptr};
    const float* block_ = nullptr;
    size_t step_ = 0, left_ = 0, line_ = 0;
};

SURFEDGE_INLINE Complex turned_by(const float* turns, size_t s, Complex x) {
    if (s == 0) return x;
    const float* own = turns + (s - 1) * 2 * kLane;
    return turned(x, load<F32>(own), load<F32>(own + kLane));
}

// Calls visit(first of kLane columns of each part, their twiddles); the last ones may overlap those before.
template <class Visit>
SURFEDGE_INLINE void for_steps(const RowPlan& plan, Visit visit) {
    const size_t part = plan.part->length;
    const float* turns = plan.twiddles.data();
    for (size_t j = 0; j < part; j += kLane, turns += (kLane - 1) * 2 * kLane)
        visit(std::min(j, part - kLane), turns);
}

// From kLane parts of a row to one part in each lane.
void split_parts(const RowPlan& plan, Pair<const float> rows, float* elements, Soon& soon) {
    const size_t part = plan.part->length;
    for_steps(plan, [&](size_t j, const float* turns) SURFEDGE_INLINE_LAMBDA {
        soon.ask(j);
        F32 re[kLane], im[kLane];
        Butterfly<kLane>::run(
            [&](size_t s) SURFEDGE_INLINE_LAMBDA {
                return Complex{held(load<F32>(rows.a + s * part + j)),
                               held(load<F32>(rows.b + s * part + j))};
            },
            [&](size_t s, Complex y) SURFEDGE_INLINE_LAMBDA {
                const Complex z = turned_by(turns, s, y);
                re[s] = z.re, im[s] = z.im;
            });
        transpose(re);
        transpose(im);
        for (size_t i = 0; i < kLane; ++i) {
            store(elements + (j + i) * kElement, re[i]);
            store(elements + (j + i) * kElement + kLane, im[i]);
        }
    });
}

// And back, with real and imaginary parts exchanged: the backward direction.
void join_parts(const RowPlan& plan, const float* elements, Pair<float> rows, Soon& soon) {
    const size_t part = plan.part->length;
    for_steps(plan, [&](size_t j, const float* turns) SURFEDGE_INLINE_LAMBDA {
        soon.ask(j);
        F32 re[kLane], im[kLane];
        for (size_t i = 0; i < kLane; ++i) {
            re[i] = load<F32>(elements + (j + i) * kElement);
            im[i] = load<F32>(elements + (j + i) * kElement + kLane);
        }
        transpose(re);
        transpose(im);
        Butterfly<kLane>::run(
            [&](size_t s) SURFEDGE_INLINE_LAMBDA { return turned_by(turns, s, Complex{im[s], re[s]}); },
            [&](size_t s, Complex y) SURFEDGE_INLINE_LAMBDA {
                store(rows.a + s * part + j, y.im);
                store(rows.b + s * part + j, y.re);
            });
    });
}

SURFEDGE_INLINE Complex read(const float* element) {
    return {load<F32>(element), load<F32>(element + kLane)};
}

SURFEDGE_INLINE void write(float* element, Complex z) {
    store(element, z.re);
    store(element + kLane, z.im);
}

SURFEDGE_INLINE void write_past_cache(float* element, Complex z) {
    store_past_cache(element, z.re);
    store_past_cache(element + kLane, z.im);
}

// Frequencies in descending order: the lowest one of `first`, then those of `rest` from the highest down, but
// for its lowest.
SURFEDGE_INLINE Complex read_descending(const float* first, const float* rest) {
    return {descending(load<F32>(first), load<F32>(rest)),
            descending(load<F32>(first + kLane), load<F32>(rest + kLane))};
}

// With Z = A + i B, A and B spectra of real rows, 2 A(u) = Z(u) + conj Z(-u) and 2 B(u) = -i (Z(u) - conj
// Z(-u)).
void split_rows(const FftPlan& plan, const float* elements, const SpectrumPair& to, bool past_cache) {
    const float* first = elements + plan.place[0] * kElement;
    float *a = to.a, *b = to.b;
    for (size_t block = 0; block < to.blocks; ++block, a += to.step, b += to.step) {
        const float* rest = elements + plan.place[plan.length - 1 - block] * kElement;
        const Complex z = read(elements + plan.place[block] * kElement), other = read_descending(first, rest);
        const Complex own_a{z.re + other.re, z.im - other.im}, own_b{z.im + other.im, other.re - z.re};
        if (past_cache) {
            write_past_cache(a, own_a);
            write_past_cache(b, own_b);
        } else {
            write(a, own_a);
            write(b, own_b);
        }
        first = rest;
    }
}

SURFEDGE_INLINE Complex joined(Complex a, Complex b) {
    return {a.re - b.im, a.im + b.re};
}
SURFEDGE_INLINE Complex joined_conjugates(Complex a, Complex b) {
    return {a.re + b.im, b.re - a.im};
}

// All ones in the first `count` lanes.
I32 first_lanes(size_t count) {
    int32_t lanes[kLane];
    for (size_t i = 0; i < kLane; ++i) lanes[i] = i < count ? -1 : 0;
    return load<I32>(lanes);
}

// Z(u) = A(u) + i B(u), Z(-u) = conj A(u) + i conj B(u). One block has some of either kind.
void join_rows(const FftPlan& plan, const SpectrumPair& from, size_t columns, float* elements) {
    const size_t whole = columns / kLane, part = plan.length, step = from.step;
    const auto to = [&](size_t block)
                        SURFEDGE_INLINE_LAMBDA { return elements + plan.place[block] * kElement; };
    const float *a = from.a, *b = from.b;
    for (size_t block = 0; block < whole; ++block, a += step, b += step)
        write(to(block), joined(read(a), read(b)));
    // Opposite to it lie the blocks from the one before it or from itself on down.
    const size_t opposite = part - 1 - whole, first = std::min(part - whole, whole);
    const Complex here = joined(read(a), read(b)),
                  beyond =
                      joined_conjugates(read_descending(from.a + first * step, from.a + opposite * step),
                                        read_descending(from.b + first * step, from.b + opposite * step));
    const I32 there = first_lanes(columns % kLane);
    write(to(whole), {select(there, here.re, beyond.re), select(there, here.im, beyond.im)});
    a = from.a + opposite * step, b = from.b + opposite * step;
    for (size_t block = whole + 1; block < part; ++block, a -= step, b -= step)
        write(to(block), joined_conjugates(read_descending(a, a - step), read_descending(b, b - step)));
}

float* elements_of(const RowPlan& plan) {
    return scratch<float>(FourierSlot::elements, plan.part->work_length * kElement);
}

bool is_large(const HalfSpectrum& half) {
    return half.height * half.width * sizeof(float) >= kPastCacheBytes;
}

}  // namespace

void transform_rows(const RowPlan& plan, const float* image, const HalfSpectrum& half, size_t y0) {
    float* elements = elements_of(plan);
    const size_t width = half.width, last = half.height - 1;
    const bool past_cache = is_large(half);
    Soon soon(half);
    if (!past_cache) soon.set_spectrum(half, y0 + kPieceRows);
    for (size_t y = y0; y < std::min(half.height, y0 + kPieceRows); y += 2) {
        const float *a = image + y * width, *b = image + std::min(y + 1, last) * width;
        soon.set_rows({a + 2 * width, b + 2 * width});
        split_parts(plan, {a, b}, elements, soon);
        transform_forward(*plan.part, elements);
        split_rows(*plan.part, elements, SpectrumPair(half, y, std::min(y + 1, last)), past_cache);
    }
    if (past_cache) finish_past_cache();
}

void restore_rows(const RowPlan& plan, const HalfSpectrum& half, float* image, size_t y0) {
    float* elements = elements_of(plan);
    const size_t width = half.width, last = half.height - 1;
    const bool past_cache = is_large(half);
    float* aside = past_cache ? scratch<float>(FourierSlot::rows, 2 * width) : nullptr;
    Soon soon(half);
    soon.set_spectrum(half, y0 + kPieceRows);
    for (size_t y = y0; y < std::min(half.height, y0 + kPieceRows); y += 2) {
        const size_t rows = std::min<size_t>(2, half.height - y);
        join_rows(*plan.part, SpectrumPair(half, y, std::min(y + 1, last)), half.columns(), elements);
        transform_backward(*plan.part, elements);
        float *out = image + y * width, *a = past_cache ? aside : out, *b = a + (rows - 1) * width;
        if (!past_cache) soon.set_rows({a + 2 * width, b + 2 * width});
        join_parts(plan, elements, {a, b}, soon);
        if (past_cache) copy_line(out, aside, rows * width * sizeof(float), true);
    }
    if (past_cache) finish_past_cache();
}

}  // namespace surfedge::SURFEDGE_LEVEL
