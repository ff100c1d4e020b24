// regions: flooding from each pixel.

#include "kernels/regions/regions.hpp"

#include <algorithm>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

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

}  // namespace

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

}  // namespace plain
