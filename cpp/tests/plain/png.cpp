// png_pixels: a file of stored blocks, made here, with each of the filters.

#include "kernels/png/png.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

void put(Bytes& to, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<uint8_t>(value >> shift));
}

Bytes stored(const Bytes& rows) {
    Bytes stream{0x78, 0x01};
    uint32_t a = 1, b = 0;
    for (size_t first = 0; first < rows.size(); first += 0xFFFF) {
        const uint32_t count = static_cast<uint32_t>(std::min<size_t>(0xFFFF, rows.size() - first));
        stream.push_back(first + count == rows.size() ? 1 : 0);
        for (uint32_t length : {count, ~count}) {
            stream.push_back(static_cast<uint8_t>(length));
            stream.push_back(static_cast<uint8_t>(length >> 8));
        }
        for (size_t i = first; i < first + count; ++i) {
            stream.push_back(rows[i]);
            a = (a + rows[i]) % 65521, b = (b + a) % 65521;
        }
    }
    put(stream, b << 16 | a);
    return stream;
}

int predicted(size_t filter, int left, int above, int corner) {
    const int to_left = std::abs(above - corner), to_above = std::abs(left - corner),
              to_corner = std::abs(left + above - 2 * corner);
    const int nearest = to_left <= to_above && to_left <= to_corner ? left
                        : to_above <= to_corner                     ? above
                                                                    : corner;
    const int by_filter[] = {0, left, above, (left + above) / 2, nearest};
    return by_filter[filter];
}

}  // namespace

void check_png(Shape shape, size_t channels) {
    const size_t line = shape.width * channels;
    const Bytes pixels = picture<uint8_t>({shape.height, line});
    Bytes rows;
    for (size_t y = 0; y < shape.height; ++y) {
        const size_t filter = y % 5;
        rows.push_back(static_cast<uint8_t>(filter));
        for (size_t x = 0; x < line; ++x) {
            const auto at = [&](size_t up, size_t back) {
                return y < up || x < back ? 0 : static_cast<int>(pixels[(y - up) * line + x - back]);
            };
            const int guess = predicted(filter, at(0, channels), at(1, 0), at(1, channels));
            rows.push_back(static_cast<uint8_t>(pixels[y * line + x] - guess));
        }
    }
    const Bytes stream = stored(rows);
    Bytes file(8);
    for (size_t first = 0; first < stream.size(); first += 100) {
        const size_t count = std::min<size_t>(100, stream.size() - first);
        put(file, static_cast<uint32_t>(count));
        for (char letter : {'I', 'D', 'A', 'T'}) file.push_back(static_cast<uint8_t>(letter));
        file.insert(file.end(), stream.begin() + static_cast<long>(first),
                    stream.begin() + static_cast<long>(first + count));
        put(file, 0);
    }
    check<uint8_t>(
        "png_pixels", {shape.height, line}, 0.0,
        [&](uint8_t* out) {
            if (!se::png_pixels(file.data(), file.size(), {shape.height, shape.width, channels}, out))
                say("png_pixels", shape, "refuses what is whole");
        },
        [&](size_t y, size_t x) { return static_cast<double>(pixels[y * line + x]); });
}

}  // namespace plain
