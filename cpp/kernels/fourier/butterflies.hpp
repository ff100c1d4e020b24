#pragma once
// Fourier transforms of 2, 3, 4, 5, 7, 8 and 16 elements, each lane its own.
//
// Butterfly<Radix>::run(get, put) takes element s from get(s), all of them before the first result, and hands
// result k to put(k, result) as soon as it is there: few values wait in registers.

#include "kernels/simd/simd.hpp"

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
template <class Factor>  // float, or one in each lane
SURFEDGE_INLINE Complex turned(Complex a, Factor cosine, Factor sine) {
    return {a.re * cosine - a.im * sine, a.im * cosine + a.re * sine};
}

// Values that leave the registers until they are wanted again, where there are few registers.
template <size_t Count>
class Aside {
  public:
    SURFEDGE_INLINE void put(size_t i, Complex v) {
        store(&parts_[2 * i * kLanes<F32>], v.re);
        store(&parts_[(2 * i + 1) * kLanes<F32>], v.im);
    }
    SURFEDGE_INLINE Complex get(size_t i) const {
        return {load<F32>(&parts_[2 * i * kLanes<F32>]), load<F32>(&parts_[(2 * i + 1) * kLanes<F32>])};
    }
    SURFEDGE_INLINE void close() {  // what was put is in memory now
#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__) && !defined(__AVX512F__)
        asm("" : "+m"(parts_));
#endif
    }

  private:
    alignas(kVectorBytes) float parts_[2 * Count * kLanes<F32>];
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
    template <class Get, class Put>
    static SURFEDGE_INLINE void run(Get get, Put put) {
        const Complex first = get(0);
        Complex sum[kHalf], difference[kHalf], total = first;
        for (size_t j = 0; j < kHalf; ++j) {
            const Complex a = get(j + 1), b = get(Radix - 1 - j);
            sum[j] = a + b;
            difference[j] = a - b;
            total = total + sum[j];
        }
        put(0, total);
        for (size_t k = 1; k <= kHalf; ++k) {
            Complex even = first, odd = difference[0] * sine_of(k);
            for (size_t j = 1; j <= kHalf; ++j) even = even + sum[j - 1] * cosine_of(j * k);
            for (size_t j = 2; j <= kHalf; ++j) odd = odd + difference[j - 1] * sine_of(j * k);
            put(k, minus_i(even, odd));
            put(Radix - k, plus_i(even, odd));
        }
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
struct Butterfly<2> {
    template <class Get, class Put>
    static SURFEDGE_INLINE void run(Get get, Put put) {
        const Complex a = get(0), b = get(1);
        put(0, a + b);
        put(1, a - b);
    }
};

template <>
struct Butterfly<4> {
    template <class Get, class Put>
    static SURFEDGE_INLINE void run(Get get, Put put) {
        const Complex x0 = get(0), x2 = get(2), a = x0 + x2, b = x0 - x2;
        const Complex x1 = get(1), x3 = get(3), c = x1 + x3, d = x1 - x3;
        put(0, a + c);
        put(1, minus_i(b, d));
        put(2, a - c);
        put(3, plus_i(b, d));
    }
};

template <>
struct Butterfly<8> {
    template <class Get, class Put>
    static SURFEDGE_INLINE void run(Get get, Put put) {
        constexpr float kHalfRoot = 0.707106781186547524400844362104849f;
        Aside<4> difference;
        const auto sum = [&](size_t s) SURFEDGE_INLINE_LAMBDA {
            const Complex a = get(s), b = get(s + 4);
            difference.put(s, a - b);
            return a + b;
        };
        const Complex s0 = sum(0), s2 = sum(2), e = s0 + s2, f = s0 - s2;
        const Complex s1 = sum(1), s3 = sum(3), g = s1 + s3, h = s1 - s3;
        difference.close();
        put(0, e + g);
        put(2, minus_i(f, h));
        put(4, e - g);
        put(6, plus_i(f, h));
        const Complex x0 = difference.get(0), x2 = difference.get(2);
        const Complex a = minus_i(x0, x2), b = plus_i(x0, x2);
        const Complex x1 = difference.get(1), x3 = difference.get(3);  // to be turned by 1/8 and by 3/8
        const Complex y1 = Complex{x1.re + x1.im, x1.im - x1.re}, y3 = Complex{x3.im - x3.re, x3.re + x3.im};
        const Complex c = Complex{y1.re + y3.re, y1.im - y3.im} * kHalfRoot;
        const Complex d = Complex{y1.re - y3.re, y1.im + y3.im} * kHalfRoot;
        put(1, a + c);
        put(3, minus_i(b, d));
        put(5, a - c);
        put(7, plus_i(b, d));
    }
};

template <>
struct Butterfly<16> {
    template <class Get, class Put>
    static SURFEDGE_INLINE void run(Get get, Put put) {
        constexpr float kRoot = 0.707106781186547524400844362104849f;
        constexpr float kCosine = 0.923879532511286756128183189396788f;  // of pi / 8
        constexpr float kSine = 0.382683432365089771728459984030399f;
        constexpr float turn[4][4][2] = {
            {{1, 0}, {1, 0}, {1, 0}, {1, 0}},
            {{1, 0}, {kCosine, -kSine}, {kRoot, -kRoot}, {kSine, -kCosine}},
            {{1, 0}, {kRoot, -kRoot}, {0, -1}, {-kRoot, -kRoot}},
            {{1, 0}, {kSine, -kCosine}, {-kRoot, -kRoot}, {-kCosine, kSine}},
        };
        Complex y[4][4];
        for (size_t j = 0; j < 4; ++j)
            Butterfly<4>::run([&](size_t s) SURFEDGE_INLINE_LAMBDA { return get(j + 4 * s); },
                              [&](size_t s, Complex value) SURFEDGE_INLINE_LAMBDA {
                                  y[j][s] = j * s == 0 ? value : turned(value, turn[j][s][0], turn[j][s][1]);
                              });
        for (size_t s = 0; s < 4; ++s)
            Butterfly<4>::run([&](size_t j) SURFEDGE_INLINE_LAMBDA { return y[j][s]; },
                              [&](size_t k, Complex value) SURFEDGE_INLINE_LAMBDA { put(s + 4 * k, value); });
    }
};

}  // namespace surfedge::SURFEDGE_LEVEL
