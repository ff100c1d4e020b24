#pragma once
// What all checks share: pictures at random, mirrored borders, and the comparison with plain loops in double.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace plain {

using Floats = std::vector<float>;
using Bytes = std::vector<uint8_t>;
using Wanted = std::function<double(size_t y, size_t x)>;

extern size_t allocations;  // by operator new, so far
extern int failures;

// 24 bits at random, the same in every run.
uint32_t drawn();

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

// Prints what is wrong and counts it.
void say(const char* what, Shape shape, const char* wrong);

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

// A pixel as the kernels take it: bytes from 0 to 1.
template <class T>
double value_of(T pixel) {
    return sizeof(T) == 1 ? static_cast<double>(pixel) / 255 : static_cast<double>(pixel);
}

// Where a coordinate beyond the border is read: dcba|abcd, or dcb|abcd without the edge again.
size_t mirrored(long at, size_t length, bool edge_repeated);

// One per kernel or family of them.
void check_autocorrelation(Shape shape);
void check_block_means(Shape blocks, Shape block, size_t channels);
void check_cells(Shape shape);
void check_fourier(Shape shape);
void check_mahalanobis(size_t size, size_t count);
void check_moments(size_t size, size_t count);
void check_morphology(Shape shape);
void check_nearest(size_t size, size_t count, size_t entries);
void check_position_distances(size_t positions, size_t count, size_t size);
void check_cell_deviations(Shape shape);
void check_cell_motion(Shape shape);
void check_local_waves(Shape shape);
void check_parallel();
void check_patch_figures(Shape shape, size_t side);
void check_patches(Shape shape);
void check_quantile(size_t count, double q);
void check_regions(Shape shape, unsigned share);
void check_ssim(Shape shape);
void check_tiles(Shape shape, size_t side, size_t stride);

}  // namespace plain
