// Many threads call parallel kernels at once while others change the number of threads; every answer must be
// that of a single thread, bit for bit. Made for ThreadSanitizer: cpp/tests/threads.sh builds and runs it.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "kernels/cell_deviations/cell_deviations.hpp"
#include "kernels/cell_motion/cell_motion.hpp"
#include "kernels/cell_statistics/cell_statistics.hpp"
#include "kernels/fourier/fourier.hpp"
#include "kernels/morphology/morphology.hpp"
#include "kernels/patch_figures/patch_figures.hpp"
#include "kernels/patch_statistics/patch_statistics.hpp"
#include "kernels/ssim/ssim.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/tiles/tiles.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace {

constexpr size_t kHeight = 193, kWidth = 259, kPixels = kHeight * kWidth;
constexpr int kKernels = 11;

struct Pictures {
    std::vector<uint8_t> bytes, mask;
    std::vector<float> floats, gain, tiles;
};

const se::TileGrid kGrid{{kHeight, 64, 24}, {kWidth, 64, 24}, 1};

Pictures pictures() {
    Pictures p;
    uint32_t state = 1;
    for (size_t i = 0; i < kPixels; ++i) {
        state = state * 1664525u + 1013904223u;
        p.bytes.push_back(static_cast<uint8_t>(state >> 24));
        p.mask.push_back((state >> 20) % 3 == 0);
        p.floats.push_back(static_cast<float>(state >> 8) / 16777216.0f);
    }
    p.gain.assign(kHeight * se::spectrum_columns(kWidth), 0.5f);
    p.tiles.assign(kGrid.count() * 64 * 64, 0.25f);
    for (size_t i = 0; i < p.tiles.size(); ++i) p.tiles[i] += static_cast<float>(i % 97);
    return p;
}

std::vector<float> run(int kernel, const Pictures& p) {
    std::vector<float> out(kPixels, 0.0f);
    uint8_t* bytes = reinterpret_cast<uint8_t*>(out.data());
    switch (kernel) {
        case 0:
            se::patch_std(p.bytes.data(), {kHeight, kWidth, 16}, out.data());
            break;
        case 1:
            se::ssim_map(p.floats.data(), p.gain.data(), 180, 120, {}, out.data());
            break;
        case 2:
            se::morphology_mask(se::Morphology::open, p.mask.data(), bytes, kHeight, kWidth, 3);
            break;
        case 3:
            se::morphology_grey(se::Morphology::open, p.bytes.data(), bytes, kHeight, kWidth, 4);
            break;
        case 4:
            se::filter_spectrum(p.floats.data(), p.gain.data(), out.data(), kHeight, kWidth);
            break;
        case 5:
            se::average_tiles(p.tiles.data(), kGrid, out.data());
            break;
        case 6:
            se::cell_statistics(p.bytes.data(), {kHeight, kWidth, 4}, out.data());
            break;
        case 7:
            se::patch_figures(p.floats.data(), nullptr, 49, 65, {2, {1, 9}, 1e-4f, 1e-5f, 0.02f}, out.data());
            break;
        case 8:
            se::cell_deviations(p.floats.data(), kHeight, kWidth,
                                {{1.1, 0.1, 0.0}, {-0.1, 0.9, 3.0}, p.floats.data(), 9, 12, 25},
                                {p.floats.data() + 500, p.floats.data() + 1000, 20, 17}, out.data());
            break;
        case 9:
            se::cell_motion(p.floats.data(), kHeight, kWidth,
                            {{1.1, 0.1, 0.0}, {-0.1, 0.9, 3.0}, p.floats.data(), 9, 12, 25},
                            p.floats.data() + 500, 20, 17, {1, 19.0, 4.5f}, out.data());
            break;
        default:
            se::morphology_grey(se::Morphology::erode, p.floats.data(), out.data(), kHeight, kWidth, 5);
    }
    return out;
}

}  // namespace

int main(int count, char** words) {
    const int callers = 8, rounds = count > 1 ? std::atoi(words[1]) : 20;
    const Pictures p = pictures();
    se::set_threads(1);
    std::vector<std::vector<float>> serial;
    for (int kernel = 0; kernel < kKernels; ++kernel) serial.push_back(run(kernel, p));

    std::atomic<int> calls{0}, wrong{0};
    std::vector<std::thread> threads;
    for (int caller = 0; caller < callers; ++caller) {
        threads.emplace_back([&, caller] {
            for (int round = 0; round < rounds; ++round) {
                if (caller == 0) se::set_threads(1 + round % 4);
                const int kernel = (caller + round) % kKernels;
                const std::vector<float> found = run(kernel, p);
                wrong += std::memcmp(found.data(), serial[kernel].data(), kPixels * sizeof(float)) != 0;
                ++calls;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::printf("%d kernel calls from %d threads, %d differ from the serial answer\n", calls.load(), callers,
                wrong.load());
    return wrong != 0;
}
