#pragma once
// Fourier transforms of 2, 3, 4, 5, 7 and 8 elements, each lane its own. Private to kernels.

#include "kernels/simd.hpp"

namespace surfedge::SURFEDGE_LEVEL {

struct Complex {
    F32 re, im;
};

SURFEDGE_INLINE Complex operator+(Complex a, Complex b) {
    return {a.re + b.re, a.im + b.im};
}
SURFEDGE_INLINE Complex operator-(Complex a, Complex b) {
    return {a.re - b.re, a.im - b.im};
}
SURFEDGE_INLINE Complex operator*(Complex a, float b) {
    return {a.re * b, a.im * b};
}
SURFEDGE_INLINE Complex minus_i(Complex a, Complex b) {
    return {a.re + b.im, a.im - b.re};
}  // a - i b
SURFEDGE_INLINE Complex plus_i(Complex a, Complex b) {
    return {a.re - b.im, a.im + b.re};
}  // a + i b
SURFEDGE_INLINE Complex turned(Complex a, float cosine, float sine) {
    return {a.re * cosine - a.im * sine, a.im * cosine + a.re * sine};
}

template <size_t Radix>
struct Butterfly;

template <>
struct Butterfly<2> {
    static SURFEDGE_INLINE void run(Complex* x) {
        const Complex sum = x[0] + x[1];
        x[1] = x[0] - x[1];
        x[0] = sum;
    }
};

// Odd radices: with s_j = x_j + x_{r-j} and d_j = x_j - x_{r-j}, j = 1 ... h = (r - 1) / 2,
// y_k, y_{r-k} = x_0 + sum_j cos(2 pi j k / r) s_j  -+  i sum_j sin(2 pi j k / r) d_j.
template <size_t Radix>
struct OddTable;
template <>
struct OddTable<3> {
    static constexpr float cosine[1] = {-0.5f};
    static constexpr float sine[1] = {0.866025403784438646763723170752936f};
};
template <>
struct OddTable<5> {
    static constexpr float cosine[2] = {0.309016994374947424102293417182819f,
                                        -0.809016994374947424102293417182819f};
    static constexpr float sine[2] = {0.951056516295153572116439333379382f,
                                      0.587785252292473129168705954639073f};
};
template <>
struct OddTable<7> {
    static constexpr float cosine[3] = {0.623489801858733530525004884004240f,
                                        -0.222520933956314404288902564496794f,
                                        -0.900968867902419126236102319507445f};
    static constexpr float sine[3] = {0.781831482468029808708444526674058f,
                                      0.974927912181823607018131682993932f,
                                      0.433883739117558120475768332848359f};
};

template <size_t Radix>
struct Butterfly {
    static constexpr size_t kHalf = (Radix - 1) / 2;
    static SURFEDGE_INLINE void run(Complex* x) {
        Complex sum[kHalf], difference[kHalf], total = x[0];
        for (size_t j = 0; j < kHalf; ++j) {
            sum[j] = x[j + 1] + x[Radix - 1 - j];
            difference[j] = x[j + 1] - x[Radix - 1 - j];
            total = total + sum[j];
        }
        for (size_t k = 1; k <= kHalf; ++k) {
            Complex even = x[0], odd = difference[0] * sine_of(k);
            for (size_t j = 1; j <= kHalf; ++j) even = even + sum[j - 1] * cosine_of(j * k);
            for (size_t j = 2; j <= kHalf; ++j) odd = odd + difference[j - 1] * sine_of(j * k);
            x[k] = minus_i(even, odd);
            x[Radix - k] = plus_i(even, odd);
        }
        x[0] = total;
    }
    static constexpr float cosine_of(size_t turns) {
        turns %= Radix;
        return OddTable<Radix>::cosine[(turns <= kHalf ? turns : Radix - turns) - 1];
    }
    static constexpr float sine_of(size_t turns) {
        turns %= Radix;
        return turns <= kHalf ? OddTable<Radix>::sine[turns - 1] : -OddTable<Radix>::sine[Radix - turns - 1];
    }
};

template <>
struct Butterfly<4> {
    static SURFEDGE_INLINE void run(Complex* x) {
        const Complex a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
        x[0] = a + c;
        x[1] = minus_i(b, d);
        x[2] = a - c;
        x[3] = plus_i(b, d);
    }
};

template <>
struct Butterfly<8> {
    static SURFEDGE_INLINE void run(Complex* x) {
        constexpr float kHalfRoot = 0.707106781186547524400844362104849f;
        Complex even[4] = {x[0] + x[4], x[1] + x[5], x[2] + x[6], x[3] + x[7]};
        const Complex a = x[1] - x[5], b = x[2] - x[6], c = x[3] - x[7];
        Complex odd[4] = {x[0] - x[4],
                          Complex{a.re + a.im, a.im - a.re} * kHalfRoot,           // times exp(-i pi / 4)
                          {b.im, F32{} - b.re},                                    // times -i
                          Complex{c.im - c.re, F32{} - c.re - c.im} * kHalfRoot};  // times exp(-3 i pi / 4)
        Butterfly<4>::run(even);
        Butterfly<4>::run(odd);
        for (size_t k = 0; k < 4; ++k) x[2 * k] = even[k], x[2 * k + 1] = odd[k];
    }
};

}  // namespace surfedge::SURFEDGE_LEVEL
