#include "kernels/regions.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "kernels/bit_rows.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

struct Run {
    int32_t begin, end;  // columns [begin, end)
};

// All runs, row after row. Kept by a thread between calls, unless it is much.
struct Runs {
    std::vector<Run> run;
    std::vector<uint32_t> parent;  // an earlier run of the same region, or the run itself
    std::vector<size_t> row_end;   // run[row_end[y - 1]] ... run[row_end[y] - 1] lie in row y

    void make_room(size_t count) {
        if (run.size() >= count) return;
        run.resize(std::max(count, 2 * run.size()));
        parent.resize(run.size());
    }
};

constexpr size_t kRunsKept = size_t{1} << 22;

Runs& kept_runs() {
    thread_local Runs runs;
    if (runs.run.size() > kRunsKept) runs = Runs();
    return runs;
}

// Positions where bits change, two by two, are the runs. They are written four at a time, the last ones in
// vain: loops of unpredictable length cost more. Room: width + 5 positions.
size_t find_runs_in_row(const uint8_t* row, size_t width, int32_t* edges) {
    constexpr uint64_t kStop = uint64_t{1} << 63;
    uint64_t before = 0;  // the bit to the left of this word
    size_t count = 0;
    for (size_t x = 0; x < width; x += 64) {
        const uint64_t bits = width - x >= 64 ? bits_of_64(row + x) : bits_of_part(row + x, width - x);
        uint64_t changes = bits ^ ((bits << 1) | before);
        before = bits >> 63;
        if (changes == 0) continue;
        const int here = count_bits(changes);
        for (int i = 0; i < here; i += 4) {
            for (int j = 0; j < 4; ++j, changes &= changes - 1)
                edges[count + static_cast<size_t>(i + j)] =
                    static_cast<int32_t>(x) + lowest_bit(changes | kStop);
        }
        count += static_cast<size_t>(here);
    }
    if (count % 2 == 1) edges[count++] = static_cast<int32_t>(width);
    return count / 2;
}

uint32_t root_of(uint32_t* parent, uint32_t at) {
    while (parent[at] != at) {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    return at;
}

void join(uint32_t* parent, uint32_t a, uint32_t b) {
    if (parent[a] == parent[b]) return;
    a = root_of(parent, a), b = root_of(parent, b);
    parent[std::max(a, b)] = std::min(a, b);
}

// Gives the runs `here` ... `here_end` of a row their parents among those of the row above, `above` ...
// `here`. Corners touch: [0, 3) meets [3, 5).
void join_rows(const Run* run, uint32_t* parent, size_t above, size_t here, size_t here_end) {
    size_t up = above;
    for (size_t i = here; i < here_end; ++i) {
        const Run own = run[i];
        while (up < here && run[up].end < own.begin) ++up;
        parent[i] = static_cast<uint32_t>(i);
        if (up == here || run[up].begin > own.end) continue;
        parent[i] = parent[up];
        while (up + 1 < here && run[up + 1].begin <= own.end)
            join(parent, static_cast<uint32_t>(i), static_cast<uint32_t>(++up));
    }
}

void find_runs(const uint8_t* mask, size_t height, size_t width, Runs& runs) {
    static_assert(sizeof(Run) == 2 * sizeof(int32_t), "a run is two edges");
    runs.row_end.clear();
    runs.row_end.reserve(height);
    size_t above = 0, count = 0;
    for (size_t y = 0; y < height; ++y) {
        runs.make_room(count + width / 2 + 4);
        const size_t here = count;
        count +=
            find_runs_in_row(mask + y * width, width, reinterpret_cast<int32_t*>(runs.run.data() + here));
        if (count > std::numeric_limits<uint32_t>::max())
            throw std::length_error("regions: more than 2^32 - 1 runs in the mask");
        join_rows(runs.run.data(), runs.parent.data(), above, here, count);
        runs.row_end.push_back(count);
        above = here;
    }
}

struct Scores {
    float max;
    double sum;
};

bool holds_nan(const float* score, size_t count) {
    return std::any_of(score, score + count, [](float value) { return value != value; });
}

// Four partial sums whatever the level: the order of the additions is part of the contract.
Scores scores_of(const float* score, size_t count) {
    constexpr float kLowest = -std::numeric_limits<float>::infinity();
    float max[4] = {kLowest, kLowest, kLowest, kLowest};
    double sum[4] = {};
    const auto add = [&](size_t lane, float value) {
        max[lane] = value > max[lane] ? value : max[lane];
        sum[lane] += static_cast<double>(value);
    };
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        for (size_t lane = 0; lane < 4; ++lane) add(lane, score[i + lane]);
    }
    for (; i < count; ++i) add(0, score[i]);
    Scores all{std::max(std::max(max[0], max[2]), std::max(max[1], max[3])),
               (sum[0] + sum[2]) + (sum[1] + sum[3])};
    if (all.sum != all.sum && holds_nan(score, count)) all.max = std::numeric_limits<float>::quiet_NaN();
    return all;
}

// While a region grows, width and height hold its last column and row, plus 1, the centroid twice the sum of
// columns and the sum of rows (whole numbers, exact below 2^53), and mean_score the sum of scores.
Region start_of(const Run& run, size_t y) {
    Region region{};
    region.x = run.begin;
    region.y = static_cast<int32_t>(y);
    region.max_score = -std::numeric_limits<float>::infinity();
    return region;
}

// scores: the row's, or null.
void add_run(Region& region, const Run& run, size_t y, const float* scores) {
    const int64_t length = run.end - run.begin;
    region.x = std::min(region.x, run.begin);
    region.width = std::max(region.width, run.end);
    region.height = static_cast<int32_t>(y) + 1;
    region.area += length;
    region.centroid_x += static_cast<double>(length * (static_cast<int64_t>(run.begin) + run.end - 1));
    region.centroid_y += static_cast<double>(length * static_cast<int64_t>(y));
    if (!scores) return;
    const Scores more = scores_of(scores + run.begin, static_cast<size_t>(length));
    region.max_score = more.max > region.max_score || more.max != more.max ? more.max : region.max_score;
    region.mean_score += more.sum;
}

void finish(Region& region, bool scored) {
    const double area = static_cast<double>(region.area);
    region.width -= region.x;
    region.height -= region.y;
    region.centroid_x /= 2 * area;
    region.centroid_y /= area;
    region.max_score = scored ? region.max_score : std::numeric_limits<float>::quiet_NaN();
    region.mean_score = scored ? region.mean_score / area : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::vector<Region> regions(const uint8_t* mask, const float* scores, size_t height, size_t width) {
    Runs& runs = kept_runs();
    find_runs(mask, height, width, runs);
    std::vector<Region> found;
    uint32_t* parent = runs.parent.data();
    size_t i = 0;
    for (size_t y = 0; y < height; ++y) {
        const float* row = scores ? scores + y * width : nullptr;
        for (; i < runs.row_end[y]; ++i) {
            // From here on parent is the region's number. Parents come first: theirs is known already.
            if (parent[i] == i) {
                parent[i] = static_cast<uint32_t>(found.size());
                found.push_back(start_of(runs.run[i], y));
            } else {
                parent[i] = parent[parent[i]];
            }
            add_run(found[parent[i]], runs.run[i], y, row);
        }
    }
    for (Region& region : found) finish(region, scores != nullptr);
    return found;
}

}  // namespace surfedge::SURFEDGE_LEVEL
