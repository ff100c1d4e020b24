// Every kernel against plain loops in double, without Python, and no allocation in a repeated call: for CPUs
// that are emulated. cpp/tests/plain.sh builds and runs it.

#include <cstdio>

#include "kernels/support/cpu.hpp"
#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

using plain::Shape;

namespace {

void check_pixels(Shape shape) {
    plain::check_patches(shape);
    plain::check_ssim(shape);
    plain::check_morphology(shape);
    plain::check_tiles(shape, 16, 9);
    for (unsigned share : {5u, 30u, 60u}) plain::check_regions(shape, share);
    plain::check_cell_deviations(shape);
    plain::check_cell_motion(shape);
    plain::check_local_waves(shape);
    for (Shape block : {Shape{2, 2}, Shape{4, 4}, Shape{17, 3}, Shape{1, 8}}) {
        plain::check_block_means(shape, block, 1);
        plain::check_block_means(shape, block, 3);
    }
    plain::check_cells(shape);
    for (size_t side : {size_t{1}, size_t{9}}) plain::check_patch_figures(shape, side);
    plain::check_quantile(shape.pixels(), 0.995);
    plain::check_mahalanobis(7, shape.pixels());
    plain::check_moments(6, shape.pixels());
    plain::check_nearest(7, shape.pixels(), 9);
    plain::check_position_distances(5, shape.width, shape.height);
}

}  // namespace

int main() {
    const se::CpuLevels cpu = se::cpu_levels();
    plain::check_parallel();
    for (Shape shape : {Shape{17, 33}, Shape{64, 64}, Shape{41, 130}}) check_pixels(shape);
    for (Shape shape : {Shape{1, 1}, Shape{12, 16}, Shape{11, 14}, Shape{35, 9}}) {
        plain::check_fourier(shape);
        plain::check_autocorrelation(shape);
    }
    std::printf("CPU runs v2 %d, v3 %d, v4 %d, neon %d; %d failures\n", cpu.v2, cpu.v3, cpu.v4, cpu.neon,
                plain::failures);
    return plain::failures != 0;
}
