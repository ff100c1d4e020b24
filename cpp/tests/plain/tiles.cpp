// cut_tiles and average_tiles: equal tiles cut and averaged give the image.

#include "kernels/tiles/tiles.hpp"

#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

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

}  // namespace plain
