#include "kernels/regions.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "kernels/bit_rows.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

struct Run {
    int32_t begin, end;  // columns [begin, end)
    uint32_t parent;     // index of an earlier run of the same region, or its own
};

struct Runs {
    std::vector<Run> run;
    std::vector<size_t> row_end;  // run[row_end[y - 1]] ... run[row_end[y] - 1] lie in row y
};

// Positions where the bits change, two by two, are the runs.
void find_runs_in_row(const uint8_t* row, size_t width, std::vector<Run>& run) {
    uint64_t before = 0;  // the bit to the left of this word
    int32_t begin = 0;
    for (size_t x = 0; x < width; x += 64) {
        const uint64_t bits = width - x >= 64 ? bits_of_64(row + x) : bits_of_part(row + x, width - x);
        uint64_t changes = bits ^ ((bits << 1) | before);
        while (changes) {
            const int32_t at = static_cast<int32_t>(x) + lowest_bit(changes);
            changes &= changes - 1;
            before ^= 1;
            if (before) {
                begin = at;
            } else {
                run.push_back({begin, at, static_cast<uint32_t>(run.size())});
            }
        }
    }
    if (before) run.push_back({begin, static_cast<int32_t>(width), static_cast<uint32_t>(run.size())});
}

uint32_t root_of(std::vector<Run>& run, uint32_t at) {
    while (run[at].parent != at) {
        run[at].parent = run[run[at].parent].parent;
        at = run[at].parent;
    }
    return at;
}

void join(std::vector<Run>& run, uint32_t a, uint32_t b) {
    a = root_of(run, a), b = root_of(run, b);
    run[std::max(a, b)].parent = std::min(a, b);
}

// above, here: ranges of runs in two neighbouring rows. Corners touch: [0, 3) meets [3, 5).
void join_rows(std::vector<Run>& run, size_t above, size_t above_end, size_t here, size_t here_end) {
    while (above < above_end && here < here_end) {
        if (run[above].begin <= run[here].end && run[here].begin <= run[above].end)
            join(run, static_cast<uint32_t>(above), static_cast<uint32_t>(here));
        if (run[above].end < run[here].end) {
            ++above;
        } else {
            ++here;
        }
    }
}

Runs find_runs(const uint8_t* mask, size_t height, size_t width) {
    Runs runs;
    runs.row_end.reserve(height);
    size_t above = 0;
    for (size_t y = 0; y < height; ++y) {
        const size_t here = runs.run.size();
        find_runs_in_row(mask + y * width, width, runs.run);
        if (runs.run.size() > std::numeric_limits<uint32_t>::max())
            throw std::length_error("regions: more than 2^32 - 1 runs in the mask");
        join_rows(runs.run, above, here, here, runs.run.size());
        runs.row_end.push_back(runs.run.size());
        above = here;
    }
    return runs;
}

struct Scores {
    float max;
    double sum;
};

// Eight partial sums whatever the level: the order of the additions is part of the contract.
Scores scores_of(const float* score, size_t count) {
    float max = score[0];
    for (size_t i = 1; i < count; ++i) max = score[i] > max || score[i] != score[i] ? score[i] : max;
    double part[8] = {};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        for (size_t j = 0; j < 8; ++j) part[j] += static_cast<double>(score[i + j]);
    }
    for (size_t j = 0; i < count; ++i, ++j) part[j] += static_cast<double>(score[i]);
    return {max, ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7]))};
}

// While a region grows: width and height hold the last column and row + 1, the centroid the doubled sum of
// columns and the sum of rows, mean_score the sum of scores.
struct Growing {
    Region region;
    int64_t columns_twice, rows;
};

Growing start_of(const Run& run, size_t y) {
    Growing start{};
    start.region.x = run.begin;
    start.region.y = static_cast<int32_t>(y);
    start.region.max_score = -std::numeric_limits<float>::infinity();
    return start;
}

void add_run(Growing& to, const Run& run, size_t y, const float* scores) {
    Region& region = to.region;
    const int64_t length = run.end - run.begin;
    region.x = std::min(region.x, run.begin);
    region.width = std::max(region.width, run.end);
    region.height = static_cast<int32_t>(y) + 1;
    region.area += length;
    to.columns_twice += length * (static_cast<int64_t>(run.begin) + run.end - 1);
    to.rows += length * static_cast<int64_t>(y);
    if (!scores) return;
    const Scores more = scores_of(scores + run.begin, static_cast<size_t>(length));
    region.max_score = more.max > region.max_score || more.max != more.max ? more.max : region.max_score;
    region.mean_score += more.sum;
}

Region finished(const Growing& grown, bool scored) {
    Region region = grown.region;
    const double area = static_cast<double>(region.area);
    region.width -= region.x;
    region.height -= region.y;
    region.centroid_x = static_cast<double>(grown.columns_twice) / 2 / area;
    region.centroid_y = static_cast<double>(grown.rows) / area;
    region.max_score = scored ? region.max_score : std::numeric_limits<float>::quiet_NaN();
    region.mean_score = scored ? region.mean_score / area : std::numeric_limits<double>::quiet_NaN();
    return region;
}

}  // namespace

std::vector<Region> regions(const uint8_t* mask, const float* scores, size_t height, size_t width) {
    Runs runs = find_runs(mask, height, width);
    std::vector<Growing> growing;
    size_t i = 0;
    for (size_t y = 0; y < height; ++y) {
        const float* row = scores ? scores + y * width : nullptr;
        for (; i < runs.row_end[y]; ++i) {
            Run& run = runs.run[i];
            // Parents come first, so theirs already is the region's number.
            if (run.parent == i) {
                run.parent = static_cast<uint32_t>(growing.size());
                growing.push_back(start_of(run, y));
            } else {
                run.parent = runs.run[run.parent].parent;
            }
            add_run(growing[run.parent], run, y, row);
        }
    }
    std::vector<Region> found;
    found.reserve(growing.size());
    for (const Growing& grown : growing) found.push_back(finished(grown, scores != nullptr));
    return found;
}

}  // namespace surfedge::SURFEDGE_LEVEL
