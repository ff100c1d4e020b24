// Every kernel against plain loops in double, without Python, and no allocation in a repeated call: for CPUs
// that are emulated. cpp/tests/plain.sh builds and runs it.

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <vector>

#include "kernels/cell_statistics.hpp"
#include "kernels/cpu.hpp"
#include "kernels/fourier.hpp"
#include "kernels/mahalanobis.hpp"
#include "kernels/morphology.hpp"
#include "kernels/patch_figures.hpp"
#include "kernels/patch_statistics.hpp"
#include "kernels/quantile.hpp"
#include "kernels/regions.hpp"
#include "kernels/ssim.hpp"
#include "kernels/tiles.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace {

size_t allocations = 0;

void* counted(size_t bytes, size_t alignment) {
    ++allocations;
    const size_t unit = std::max<size_t>(alignment, sizeof(void*));
    void* memory = nullptr;
    if (posix_memalign(&memory, unit, bytes) != 0) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(size_t bytes) {
    return counted(bytes, 16);
}
void* operator new(size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace {

using Floats = std::vector<float>;
using Bytes = std::vector<uint8_t>;
using Wanted = std::function<double(size_t y, size_t x)>;

int failures = 0;

uint32_t drawn() {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

struct Shape {
    size_t height, width;
    size_t pixels() const { return height * width; }
};

template <class T>
std::vector<T> picture(Shape shape) {
    std::vector<T> pixels(shape.pixels());
    for (T& pixel : pixels)
        pixel = sizeof(T) == 1 ? static_cast<T>(drawn())
                               : static_cast<T>(static_cast<double>(drawn()) / (1 << 24));
    return pixels;
}

void say(const char* what, Shape shape, const char* wrong) {
    std::printf("%s, %zu x %zu: %s\n", what, shape.height, shape.width, wrong);
    ++failures;
}

// Runs the kernel twice: the answer must be near the one wanted, the second call must allocate nothing.
template <class T>
void check(const char* what, Shape shape, double tolerance, const std::function<void(T*)>& kernel,
           const Wanted& wanted) {
    std::vector<T> out(shape.pixels());
    kernel(out.data());
    const size_t before = allocations;
    kernel(out.data());
    if (allocations != before) say(what, shape, "a repeated call allocates");
    double worst = 0;
    for (size_t y = 0; y < shape.height; ++y)
        for (size_t x = 0; x < shape.width; ++x) {
            const double difference = std::abs(static_cast<double>(out[y * shape.width + x]) - wanted(y, x));
            worst = difference <= worst ? worst : difference;
        }
    if (!(worst <= tolerance)) say(what, shape, "differs from plain loops");
}

template <class T>
double value_of(T pixel) {
    return sizeof(T) == 1 ? static_cast<double>(pixel) / 255 : static_cast<double>(pixel);
}

template <class T>
void check_patches(Shape shape, size_t side) {
    const std::vector<T> image = picture<T>(shape);
    const se::PatchGrid grid{shape.height, shape.width, side};
    check<float>(
        "patch_std", {grid.rows(), grid.columns()}, 1e-6,
        [&](float* out) { se::patch_std(image.data(), grid, out); },
        [&](size_t row, size_t column) {
            double count = 0, sum = 0, squares = 0;
            for (size_t y = row * side; y < std::min(shape.height, (row + 1) * side); ++y)
                for (size_t x = column * side; x < std::min(shape.width, (column + 1) * side); ++x) {
                    const double v = value_of(image[y * shape.width + x]);
                    ++count, sum += v, squares += v * v;
                }
            return std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
        });
}

size_t mirrored(long at, size_t length, bool edge_repeated) {
    const long n = static_cast<long>(length);
    for (;;) {
        if (at < 0)
            at = edge_repeated ? -1 - at : -at;
        else if (at >= n)
            at = edge_repeated ? 2 * n - 1 - at : 2 * n - 2 - at;
        else
            return static_cast<size_t>(at);
    }
}

template <class T>
void check_ssim(Shape shape, se::SsimWindow window) {
    const std::vector<T> a = picture<T>(shape), b = picture<T>(shape);
    const long reach = window.side_px / 2;
    Floats weight;
    double total = 0;
    for (long i = -reach; i <= reach; ++i) {
        weight.push_back(window.gaussian ? static_cast<float>(std::exp(-static_cast<double>(i * i) / 4.5))
                                         : 1.0f);
        total += static_cast<double>(weight.back());
    }
    const double pixels = static_cast<double>(window.side_px * window.side_px),
                 sample = pixels / (pixels - 1);
    check<float>(
        "ssim_map", shape, 1e-4,
        [&](float* out) { se::ssim_map(a.data(), b.data(), shape.height, shape.width, window, out); },
        [&](size_t y, size_t x) {
            double s[5] = {};
            for (long i = -reach; i <= reach; ++i)
                for (long j = -reach; j <= reach; ++j) {
                    const size_t at = mirrored(static_cast<long>(y) + i, shape.height, true) * shape.width +
                                      mirrored(static_cast<long>(x) + j, shape.width, true);
                    const double p = value_of(a[at]), q = value_of(b[at]);
                    const double w = static_cast<double>(weight[static_cast<size_t>(i + reach)]) *
                                     static_cast<double>(weight[static_cast<size_t>(j + reach)]) /
                                     (total * total);
                    s[0] += w * p, s[1] += w * q, s[2] += w * p * p, s[3] += w * q * q, s[4] += w * p * q;
                }
            const double c1 = 1e-4, c2 = 9e-4, va = sample * (s[2] - s[0] * s[0]),
                         vb = sample * (s[3] - s[1] * s[1]);
            return (2 * s[0] * s[1] + c1) * (2 * sample * (s[4] - s[0] * s[1]) + c2) /
                   ((s[0] * s[0] + s[1] * s[1] + c1) * (va + vb + c2));
        });
}

template <class T>
std::vector<T> extreme(const std::vector<T>& image, Shape shape, long radius, bool largest) {
    std::vector<T> out(image.size());
    for (long y = 0; y < static_cast<long>(shape.height); ++y)
        for (long x = 0; x < static_cast<long>(shape.width); ++x) {
            const size_t at = static_cast<size_t>(y) * shape.width + static_cast<size_t>(x);
            T best = image[at];
            for (long v = std::max(0L, y - radius);
                 v <= std::min(static_cast<long>(shape.height) - 1, y + radius); ++v)
                for (long u = std::max(0L, x - radius);
                     u <= std::min(static_cast<long>(shape.width) - 1, x + radius); ++u) {
                    if ((v - y) * (v - y) + (u - x) * (u - x) > radius * radius) continue;
                    const T other = image[static_cast<size_t>(v) * shape.width + static_cast<size_t>(u)];
                    best = largest ? std::max(best, other) : std::min(best, other);
                }
            out[at] = best;
        }
    return out;
}

template <class T, class Kernel>
void check_openings(const char* what, const std::vector<T>& image, Shape shape, Kernel kernel) {
    for (long radius : {0L, 1L, 2L, 4L, 9L}) {
        const std::vector<T> eroded = extreme(image, shape, radius, false);
        const std::vector<T> wanted[3] = {eroded, extreme(image, shape, radius, true),
                                          extreme(eroded, shape, radius, true)};
        for (int i = 0; i < 3; ++i)
            check<T>(
                what, shape, 0,
                [&](T* out) {
                    kernel(static_cast<se::Morphology>(i), image.data(), out, shape.height, shape.width,
                           static_cast<size_t>(radius));
                },
                [&](size_t y, size_t x) { return static_cast<double>(wanted[i][y * shape.width + x]); });
    }
}

void check_morphology(Shape shape) {
    Bytes mask = picture<uint8_t>(shape);
    for (uint8_t& pixel : mask) pixel = pixel > 40;
    check_openings("morphology_mask", mask, shape, se::morphology_mask);
    using Grey = void (*)(se::Morphology, const uint8_t*, uint8_t*, size_t, size_t, size_t);
    using Real = void (*)(se::Morphology, const float*, float*, size_t, size_t, size_t);
    check_openings("morphology_grey", picture<uint8_t>(shape), shape, static_cast<Grey>(se::morphology_grey));
    check_openings("morphology_grey", picture<float>(shape), shape, static_cast<Real>(se::morphology_grey));
}

void check_fourier(Shape shape) {
    const Floats image = picture<float>(shape);
    const size_t height = shape.height, width = shape.width, columns = se::spectrum_columns(width);
    using Value = std::complex<double>;
    std::vector<Value> spectrum(shape.pixels());
    const auto turn = [&](size_t y, size_t v, size_t x, size_t u) {
        return 2 * std::acos(-1.0) *
               (static_cast<double>(y * v) / static_cast<double>(height) +
                static_cast<double>(x * u) / static_cast<double>(width));
    };
    for (size_t v = 0; v < height; ++v)
        for (size_t u = 0; u < width; ++u)
            for (size_t y = 0; y < height; ++y)
                for (size_t x = 0; x < width; ++x)
                    spectrum[v * width + u] +=
                        static_cast<double>(image[y * width + x]) * std::polar(1.0, -turn(y, v, x, u));
    check<float>(
        "rfft2", {height, 2 * columns}, 1e-3,
        [&](float* out) { se::rfft2(image.data(), out, height, width); },
        [&](size_t v, size_t i) {
            const Value value = spectrum[v * width + i / 2];
            return i % 2 == 0 ? value.real() : value.imag();
        });
    Floats half(height * columns * 2);
    se::rfft2(image.data(), half.data(), height, width);
    check<float>(
        "irfft2", shape, 1e-5, [&](float* out) { se::irfft2(half.data(), out, height, width); },
        [&](size_t y, size_t x) { return static_cast<double>(image[y * width + x]); });
    const auto gain_of = [&](size_t v, size_t u) {
        return 1.0 / (1.0 + static_cast<double>(std::min(v, height - v) + std::min(u, width - u)));
    };
    Floats gain;
    for (size_t v = 0; v < height; ++v)
        for (size_t u = 0; u < columns; ++u) gain.push_back(static_cast<float>(gain_of(v, u)));
    check<float>(
        "filter_spectrum", shape, 1e-5,
        [&](float* out) { se::filter_spectrum(image.data(), gain.data(), out, height, width); },
        [&](size_t y, size_t x) {
            Value sum = 0;
            for (size_t v = 0; v < height; ++v)
                for (size_t u = 0; u < width; ++u)
                    sum += gain_of(v, u) * spectrum[v * width + u] * std::polar(1.0, turn(y, v, x, u));
            return sum.real() / static_cast<double>(shape.pixels());
        });
}

void check_tiles(Shape shape, size_t side, size_t stride) {
    const Floats image = picture<float>(shape);
    const se::TileGrid grid{{shape.height, side, stride}, {shape.width, side, stride}, 1};
    Floats tiles(grid.count() * side * side);
    check<float>(
        "cut_tiles", {grid.count(), side * side}, 0,
        [&](float* out) { se::cut_tiles(image.data(), grid, sizeof(float), out); },
        [&](size_t tile, size_t at) {
            const size_t y = grid.rows.start(tile / grid.columns.count()) + at / side;
            return static_cast<double>(
                image[y * shape.width + grid.columns.start(tile % grid.columns.count()) + at % side]);
        });
    se::cut_tiles(image.data(), grid, sizeof(float), tiles.data());
    check<float>(
        "average_tiles", shape, 1e-6, [&](float* out) { se::average_tiles(tiles.data(), grid, out); },
        [&](size_t y, size_t x) { return static_cast<double>(image[y * shape.width + x]); });
}

void flood(const Bytes& mask, Shape shape, size_t at, std::vector<int>& label, int number) {
    std::vector<size_t> waiting{at};
    label[at] = number;
    while (!waiting.empty()) {
        const long y = static_cast<long>(waiting.back() / shape.width),
                   x = static_cast<long>(waiting.back() % shape.width);
        waiting.pop_back();
        for (long v = std::max(0L, y - 1); v <= std::min(static_cast<long>(shape.height) - 1, y + 1); ++v)
            for (long u = std::max(0L, x - 1); u <= std::min(static_cast<long>(shape.width) - 1, x + 1);
                 ++u) {
                const size_t next = static_cast<size_t>(v) * shape.width + static_cast<size_t>(u);
                if (!mask[next] || label[next]) continue;
                label[next] = number;
                waiting.push_back(next);
            }
    }
}

void check_regions(Shape shape, unsigned share) {
    Bytes mask(shape.pixels());
    for (uint8_t& pixel : mask) pixel = drawn() % 100 < share;
    const Floats scores = picture<float>(shape);
    const std::vector<se::Region> found = se::regions(mask.data(), scores.data(), shape.height, shape.width);
    std::vector<int> label(shape.pixels());
    int count = 0;
    for (size_t at = 0; at < shape.pixels(); ++at)
        if (mask[at] && !label[at]) flood(mask, shape, at, label, ++count);
    if (found.size() != static_cast<size_t>(count)) return say("regions", shape, "another number of them");
    for (int number = 1; number <= count; ++number) {
        const se::Region& region = found[static_cast<size_t>(number - 1)];
        int64_t area = 0;
        double score = 0, columns = 0, rows = 0;
        for (size_t at = 0; at < shape.pixels(); ++at) {
            if (label[at] != number) continue;
            ++area, score += static_cast<double>(scores[at]);
            columns += static_cast<double>(at % shape.width), rows += static_cast<double>(at / shape.width);
        }
        const double n = static_cast<double>(area);
        if (region.area != area || std::abs(region.mean_score - score / n) > 1e-9 ||
            std::abs(region.centroid_x - columns / n) > 1e-9 || std::abs(region.centroid_y - rows / n) > 1e-9)
            return say("regions", shape, "differ from flooding");
    }
}

void check_quantile(size_t count, double q) {
    const Floats values = picture<float>({1, count});
    Floats sorted = values;
    std::sort(sorted.begin(), sorted.end());
    check<float>(
        "quantile", {1, 1}, 0, [&](float* out) { *out = se::quantile(values.data(), count, q); },
        [&](size_t, size_t) {
            return static_cast<double>(
                sorted[static_cast<size_t>(std::ceil(q * static_cast<double>(count - 1)))]);
        });
}

void check_mahalanobis(size_t size, size_t count) {
    const Floats x = picture<float>({size, count}), mean = picture<float>({1, size}),
                 whitener = picture<float>({size, size});
    check<float>(
        "mahalanobis", {1, count}, 1e-4,
        [&](float* out) { se::mahalanobis(x.data(), size, count, mean.data(), whitener.data(), out); },
        [&](size_t, size_t vector) {
            double squares = 0;
            for (size_t i = 0; i < size; ++i) {
                double sum = 0;
                for (size_t j = 0; j <= i; ++j)
                    sum += static_cast<double>(whitener[i * size + j]) *
                           (static_cast<double>(x[j * count + vector]) - static_cast<double>(mean[j]));
                squares += sum * sum;
            }
            return std::sqrt(squares);
        });
}

template <class T>
void check_cells(Shape shape, size_t side) {
    const std::vector<T> image = picture<T>(shape);
    const se::CellGrid grid{shape.height, shape.width, side};
    const auto pixel = [&](size_t y, size_t x, long dy, long dx) {
        const size_t v =
            mirrored(static_cast<long>(mirrored(static_cast<long>(y) + dy, grid.rows() * side, false)),
                     shape.height, false);
        const size_t u =
            mirrored(static_cast<long>(mirrored(static_cast<long>(x) + dx, grid.columns() * side, false)),
                     shape.width, false);
        return value_of(image[v * shape.width + u]);
    };
    check<float>(
        "cell_statistics", {se::kCellFigures, grid.rows() * grid.columns()}, 1e-5,
        [&](float* out) { se::cell_statistics(image.data(), grid, out); },
        [&](size_t figure, size_t cell) {
            double sums[5] = {}, least = 1e9, largest = -1e9;
            for (size_t i = 0; i < side * side; ++i) {
                const size_t y = cell / grid.columns() * side + i / side,
                             x = cell % grid.columns() * side + i % side;
                const double v = pixel(y, x, 0, 0), left = pixel(y, x, 0, -1), right = pixel(y, x, 0, 1);
                const double up = pixel(y, x, -1, 0), down = pixel(y, x, 1, 0),
                             lap = left + right + up + down - 4 * v;
                sums[0] += v, sums[1] += v * v, sums[4] += lap * lap;
                sums[2] += (right - left) * (right - left) / 4, sums[3] += (down - up) * (down - up) / 4;
                least = std::min(least, v), largest = std::max(largest, v);
            }
            if (figure >= 5) return figure == 5 ? least : largest;
            return sums[figure] / static_cast<double>(side * side);
        });
}

void check_patch_figures(Shape shape, size_t side) {
    Floats cells = picture<float>({se::kCellFigures, shape.pixels()});
    for (float& value : cells) value = std::abs(value);
    const se::PatchScales scales{1, {side}, 1e-4f, 1e-5f, 0.02f};
    const auto mean = [&](size_t figure, size_t cell) {
        double sum = 0;
        const long reach = static_cast<long>(side / 2);
        for (long dy = -reach; dy <= reach; ++dy)
            for (long dx = -reach; dx <= reach; ++dx)
                sum +=
                    value_of(cells[figure * shape.pixels() +
                                   mirrored(static_cast<long>(cell / shape.width) + dy, shape.height, false) *
                                       shape.width +
                                   mirrored(static_cast<long>(cell % shape.width) + dx, shape.width, false)]);
        return sum / static_cast<double>(side * side);
    };
    check<float>(
        "patch_figures", {scales.figures(false), shape.pixels()}, 1e-3,
        [&](float* out) { se::patch_figures(cells.data(), nullptr, shape.height, shape.width, scales, out); },
        [&](size_t figure, size_t cell) {
            const double grey = mean(0, cell);
            if (figure == 0) return std::log(std::max(mean(1, cell) - grey * grey, 0.0) + 1e-4);
            if (figure == 6) return std::log(value_of(cells[4 * shape.pixels() + cell]) + 1e-5);
            if (figure < 3) return std::log(mean(figure + 1, cell) + 1e-5);
            return std::log((figure == 3 ? grey : mean(figure + 1, cell)) + 0.02);
        });
}

void check_pixels(Shape shape) {
    check_patches<uint8_t>(shape, 16);
    check_patches<float>(shape, 7);
    for (int side : {7, 11}) {
        check_ssim<float>(shape, {side, false, 1.0});
        check_ssim<uint8_t>(shape, {side, false, 1.0});
    }
    check_ssim<float>(shape, {11, true, 1.0});
    check_morphology(shape);
    check_tiles(shape, 16, 9);
    for (unsigned share : {5u, 30u, 60u}) check_regions(shape, share);
    check_cells<uint8_t>(shape, 8);
    check_cells<float>(shape, 5);
    check_cells<uint8_t>(shape, 7);
    for (size_t side : {size_t{1}, size_t{9}}) check_patch_figures(shape, side);
    check_quantile(shape.pixels(), 0.995);
    check_mahalanobis(7, shape.pixels());
}

}  // namespace

int main() {
    const se::CpuLevels cpu = se::cpu_levels();
    for (Shape shape : {Shape{17, 33}, Shape{64, 64}, Shape{41, 130}}) check_pixels(shape);
    for (Shape shape : {Shape{1, 1}, Shape{12, 16}, Shape{11, 14}, Shape{35, 9}}) check_fourier(shape);
    std::printf("CPU runs v2 %d, v3 %d, v4 %d, neon %d; %d failures\n", cpu.v2, cpu.v3, cpu.v4, cpu.neon,
                failures);
    return failures != 0;
}
