// block_means: the mean of each block, rounded to a byte.

#include "kernels/block_means/block_means.hpp"

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

void check_block_means(Shape blocks, Shape block, size_t channels) {
    const se::Blocks given{blocks.height, blocks.width, block.height, block.width, channels};
    const Bytes image = picture<uint8_t>({blocks.height * block.height, given.line()});
    check<uint8_t>(
        "block_means", {blocks.height, blocks.width * channels}, 0.5001,
        [&](uint8_t* out) { se::block_means(image.data(), given, out); },
        [&](size_t row, size_t at) {
            double sum = 0;
            for (size_t y = 0; y < block.height; ++y)
                for (size_t x = 0; x < block.width; ++x) {
                    const size_t column = (at / channels * block.width + x) * channels + at % channels;
                    sum += static_cast<double>(image[(row * block.height + y) * given.line() + column]);
                }
            return sum / static_cast<double>(block.pixels());
        });
}

}  // namespace plain
