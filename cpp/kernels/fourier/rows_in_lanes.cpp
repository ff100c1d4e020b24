// Rows in lanes: any width, at the price of turning over what goes in and what comes out.

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

size_t up_to_lane(size_t begin, size_t end) {
    return begin < end ? std::min(kLane, end - begin) : 0;
}

// Calls visit(row, column x, part of the element) for blocks of kLane rows x kLane columns; whole cache lines
// of one row before the next block of rows.
template <class Visit>
SURFEDGE_INLINE void for_blocks(size_t width, size_t y0, Visit visit) {
    constexpr size_t kLine = std::max(HalfSpectrum::kCacheLine, kLane);
    for (size_t line = 0; line < width; line += kLine) {
        for (size_t part = 0; part < kElement; part += kLane) {
            for (size_t x = line; x < std::min(width, line + kLine); x += kLane) visit(y0 + part, x, part);
        }
    }
}

// Elements of a transform along rows: real parts are kLane rows from y0 on, imaginary parts those below them.
void load_rows(const float* image, const HalfSpectrum& half, size_t y0, float* elements) {
    for_blocks(half.width, y0, [&](size_t y, size_t x, size_t part) {
        const size_t rows = up_to_lane(y, half.height), columns = up_to_lane(x, half.width);
        const float* from = image + y * half.width + x;
        F32 v[kLane];
        for (size_t i = 0; i < kLane; ++i) {
            if (i >= rows)
                v[i] = F32{};
            else
                v[i] = columns == kLane ? load<F32>(from + i * half.width)
                                        : load_part<F32>(from + i * half.width, columns);
        }
        transpose(v);
        for (size_t i = 0; i < columns; ++i) store(elements + (x + i) * kElement + part, v[i]);
    });
}

void store_rows(float* image, const HalfSpectrum& half, size_t y0, const float* elements) {
    for_blocks(half.width, y0, [&](size_t y, size_t x, size_t part) {
        const size_t rows = up_to_lane(y, half.height), columns = up_to_lane(x, half.width);
        float* to = image + y * half.width + x;
        F32 v[kLane];
        for (size_t i = 0; i < kLane; ++i)
            v[i] = i < columns ? load<F32>(elements + (x + i) * kElement + part) : F32{};
        transpose(v);
        for (size_t i = 0; i < rows; ++i) {
            if (columns == kLane)
                store(to + i * half.width, v[i]);
            else
                store_part(to + i * half.width, v[i], columns);
        }
    });
}

// kLane rows from y on, kLane frequencies: a frequency in each vector, or a row.
struct Square {
    F32 re[kLane], im[kLane];

    void turn_over() {
        transpose(re);
        transpose(im);
    }
    void load_from(const HalfSpectrum& half, size_t y, size_t block) {
        for (size_t i = 0; i < kLane; ++i) {
            const bool there = y + i < half.height;
            const float* from = half.at(block, there ? y + i : 0);
            re[i] = there ? load<F32>(from) : F32{};
            im[i] = there ? load<F32>(from + kLane) : F32{};
        }
        turn_over();
    }
    void store_to(const HalfSpectrum& half, size_t y, size_t block) {
        turn_over();
        for (size_t i = 0; i < up_to_lane(y, half.height); ++i) {
            store(half.at(block, y + i), re[i]);
            store(half.at(block, y + i) + kLane, im[i]);
        }
    }
};

// Where a frequency is, and the opposite one.
struct Places {
    size_t here, opposite;
};

Places places(const FftPlan& plan, size_t u) {
    return {plan.place[u] * kElement, plan.place[u == 0 ? 0 : plan.length - u] * kElement};
}

SURFEDGE_INLINE Complex read(const float* element) {
    return {load<F32>(element), load<F32>(element + kLane)};
}

SURFEDGE_INLINE void write(float* element, F32 re, F32 im) {
    store(element, re);
    store(element + kLane, im);
}

float* elements_of(const FftPlan& plan) {
    return scratch<float>(FourierSlot::elements, plan.work_length * kElement);
}

}  // namespace

// As rows_in_parts.cpp has it: 2 A(u) = Z(u) + conj Z(-u), 2 B(u) = -i (Z(u) - conj Z(-u)).
void transform_rows_in_lanes(const FftPlan& plan, const float* image, const HalfSpectrum& half, size_t y0) {
    float* elements = elements_of(plan);
    load_rows(image, half, y0, elements);
    transform_forward(plan, elements);
    for (size_t block = 0; block < half.blocks(); ++block) {
        Square a, b;
        for (size_t i = 0; i < kLane; ++i) {
            const Places at = places(plan, std::min(block * kLane + i, half.columns() - 1));
            const Complex z = read(elements + at.here), other = read(elements + at.opposite);
            a.re[i] = z.re + other.re, a.im[i] = z.im - other.im;
            b.re[i] = z.im + other.im, b.im[i] = other.re - z.re;
        }
        a.store_to(half, y0, block);
        b.store_to(half, y0 + kLane, block);
    }
}

void restore_rows_in_lanes(const FftPlan& plan, const HalfSpectrum& half, float* image, size_t y0) {
    float* elements = elements_of(plan);
    for (size_t block = 0; block < half.blocks(); ++block) {
        Square a, b;
        a.load_from(half, y0, block);
        b.load_from(half, y0 + kLane, block);
        for (size_t i = 0; i < up_to_lane(block * kLane, half.columns()); ++i) {
            const Places at = places(plan, block * kLane + i);
            write(elements + at.opposite, a.re[i] + b.im[i], b.re[i] - a.im[i]);
            write(elements + at.here, a.re[i] - b.im[i], a.im[i] + b.re[i]);
        }
    }
    transform_backward(plan, elements);
    store_rows(image, half, y0, elements);
}

}  // namespace surfedge::SURFEDGE_LEVEL
