#include "kernels/regions/regions.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "kernels/regions/row_runs.hpp"
#include "kernels/regions/run_scores.hpp"
#include "kernels/support/parallel.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

enum class Slot { edges, touches, end };

struct Run {
    uint32_t begin, end;  // columns [begin, end)
};

// All runs, row after row. Kept by a thread between calls, unless it is much.
struct Runs {
    std::vector<Run> run;
    std::vector<uint32_t> parent;  // an earlier run of the same region, or the run itself
    std::vector<size_t> row_end;   // run[row_end[y - 1]] ... run[row_end[y] - 1] lie in row y

    void make_room(size_t count) {
        if (run.size() >= count) return;
        parent.resize(std::max(count, 2 * run.size()));
        run.resize(parent.size());  // last: its size says that there is room in both
    }
};

constexpr size_t kRunsKept = size_t{1} << 22;

Runs& kept_runs() {
    thread_local Runs runs;
    if (runs.run.size() > kRunsKept) runs = Runs();
    return runs;
}

uint32_t root_of(uint32_t* parent, uint32_t at) {
    while (parent[at] != at) {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    return at;
}

// Two runs of neighbouring rows that are one region.
struct Touch {
    uint32_t below, above;
};

void join(uint32_t* parent, Touch touch) {
    const uint32_t a = root_of(parent, parent[touch.below]), b = root_of(parent, parent[touch.above]);
    parent[std::max(a, b)] = std::min(a, b);
}

// Runs of neighbouring rows that touch; corners do: [0, 3) meets [3, 5). The runs `here` ... `here_end` of a
// row get their parents among those of the row above it, `above` ... `here`.
struct Rows {
    size_t above, here, here_end;
};

// Both rows side by side: few runs, each mostly under one that is much like it.
void join_few(const Run* run, uint32_t* parent, Rows rows) {
    size_t up = rows.above;
    for (size_t i = rows.here; i < rows.here_end; ++i) {
        const Run own = run[i];
        while (up < rows.here && run[up].end < own.begin) ++up;
        parent[i] = static_cast<uint32_t>(i);
        if (up == rows.here || run[up].begin > own.end) continue;
        parent[i] = parent[up];
        while (up + 1 < rows.here && run[up + 1].begin <= own.end)
            join(parent, {static_cast<uint32_t>(i), static_cast<uint32_t>(++up)});
    }
}

// 64 columns of a row: where a pixel differs from its left neighbour, and how many such places lie further
// left. They alternate: the first column of a run, the column behind its last one.
struct Edges {
    uint64_t bits;
    size_t before;

    // How many left of a column of these 64, and with itself.
    size_t below(uint32_t column) const {
        return before + static_cast<size_t>(count_bits(bits & ((uint64_t{1} << (column & 63)) - 1)));
    }
    size_t up_to(uint32_t column) const {
        return before + static_cast<size_t>(count_bits(bits & ((uint64_t{2} << (column & 63)) - 1)));
    }
};

// Edges per row: a run's end may lie right behind the last column.
size_t edge_words(size_t width) {
    return width / 64 + 1;
}

void find_edges(const uint8_t* row, size_t width, Edges* edges) {
    uint64_t before = 0;
    size_t count = 0;
    for (size_t word = 0; word < edge_words(width); ++word) {
        const size_t x = 64 * word;
        const uint64_t bits = width - x >= 64 ? bits_of_64(row + x) : bits_of_part(row + x, width - x);
        const uint64_t changes = bits ^ ((bits << 1) | before);
        before = bits >> 63;
        edges[word] = {changes, count};
        count += static_cast<size_t>(count_bits(changes));
    }
}

// Runs above are counted by that row's edges: what a run touches needs no search. The second one touched is
// noted whether there is one or not. Branches that no one can predict cost more.
void join_many(const Run* run, uint32_t* parent, Rows rows, const Edges* edges, Touch* touches) {
    size_t count = 0;
    for (size_t i = rows.here; i < rows.here_end; ++i) {
        const Run own = run[i];
        const size_t first = rows.above + edges[own.begin / 64].below(own.begin) / 2;
        const size_t end = rows.above + (edges[own.end / 64].up_to(own.end) + 1) / 2;
        const uint32_t below = static_cast<uint32_t>(i), other = parent[parent[first]];
        const uint32_t alone = 0 - static_cast<uint32_t>(first >= end);
        parent[i] = (below & alone) | (other & ~alone);
        touches[count] = {below, static_cast<uint32_t>(first + 1)};
        count += first + 1 < end ? 1 : 0;
        for (size_t up = first + 2; up < end; ++up) touches[count++] = {below, static_cast<uint32_t>(up)};
    }
    for (size_t i = 0; i < count; ++i) join(parent, touches[i]);
}

// Rows with more runs than one in so many pixels are joined as many.
constexpr size_t kManyRuns = 32;

void find_runs(const uint8_t* mask, size_t height, size_t width, Runs& runs) {
    static_assert(sizeof(Run) == 2 * sizeof(uint32_t), "a run is two positions");
    runs.row_end.clear();
    runs.row_end.reserve(height);
    Edges* edges = scratch<Edges>(Slot::edges, edge_words(width));
    Touch* touches = scratch<Touch>(Slot::touches, width + 2);  // each of two rows' edges ends at most one
    Rows rows{0, 0, 0};
    for (size_t y = 0; y < height; ++y) {
        runs.make_room(rows.here + width / 2 + 4);
        const uint8_t* row = mask + y * width;
        rows.here_end = rows.here + find_runs_in_row(
                                        row, width, reinterpret_cast<uint32_t*>(runs.run.data() + rows.here));
        if (rows.here_end > std::numeric_limits<uint32_t>::max())
            throw std::length_error("regions: more than 2^32 - 1 runs in the mask");
        if (rows.above == rows.here || kManyRuns * (rows.here_end - rows.here) < width) {
            join_few(runs.run.data(), runs.parent.data(), rows);
        } else {
            find_edges(row - width, width, edges);
            join_many(runs.run.data(), runs.parent.data(), rows, edges, touches);
        }
        runs.row_end.push_back(rows.here_end);
        rows.above = rows.here, rows.here = rows.here_end;
    }
}

// While a region grows, all zero is one without pixels. Its first four fields hold what can only rise: kFar -
// column, kFar - row, last column + 1, last row + 1; the centroid's hold the bits of whole numbers, twice the
// sum of columns and the sum of rows; mean_score holds the sum of scores.
constexpr int32_t kFar = std::numeric_limits<int32_t>::max() - 1;

void widen(Region& region, Run run, size_t y) {
    const int32_t row = static_cast<int32_t>(y);
#if defined(SURFEDGE_VECTORS) && defined(__SSE4_2__)
    __m128i* sides = (__m128i*)&region;
    const __m128i ends = _mm_shuffle_epi32(_mm_loadl_epi64((const __m128i*)&run), _MM_SHUFFLE(3, 1, 2, 0));
    const __m128i own = _mm_add_epi32(_mm_xor_si128(ends, _mm_setr_epi32(-1, 0, 0, 0)),
                                      _mm_setr_epi32(kFar + 1, kFar - row, 0, row + 1));
    _mm_storeu_si128(sides, _mm_max_epi32(_mm_loadu_si128(sides), own));
#else
    region.x = std::max(region.x, kFar - static_cast<int32_t>(run.begin));
    region.y = std::max(region.y, kFar - row);
    region.width = std::max(region.width, static_cast<int32_t>(run.end));
    region.height = std::max(region.height, row + 1);
#endif
}

int64_t whole_number(double bits) {
    int64_t number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
}

void add_whole(double& bits, int64_t more) {
    const int64_t sum = whole_number(bits) + more;
    std::memcpy(&bits, &sum, sizeof sum);
}

// scores: the row's.
template <bool Scored>
void add_run(Region& region, Run run, size_t y, const float* scores, bool is_first) {
    const int64_t length = static_cast<int64_t>(run.end) - run.begin;
    widen(region, run, y);
    region.area += length;
    add_whole(region.centroid_x, length * (static_cast<int64_t>(run.begin) + run.end - 1));
    add_whole(region.centroid_y, length * static_cast<int64_t>(y));
    if (!Scored) return;
    const Scores more = scores_of(scores + run.begin, static_cast<size_t>(length));
    const bool is_next = is_first || more.max > region.max_score || more.max != more.max;
    region.max_score = is_next ? more.max : region.max_score;
    region.mean_score += more.sum;
}

void finish(Region& region, bool scored) {
    const double area = static_cast<double>(region.area);
    region.x = kFar - region.x, region.y = kFar - region.y;
    region.width -= region.x, region.height -= region.y;
    region.centroid_x = static_cast<double>(whole_number(region.centroid_x)) / (2 * area);
    region.centroid_y = static_cast<double>(whole_number(region.centroid_y)) / area;
    region.max_score = scored ? region.max_score : std::numeric_limits<float>::quiet_NaN();
    region.mean_score = scored ? region.mean_score / area : std::numeric_limits<double>::quiet_NaN();
}

template <bool Scored>
std::vector<Region> measure(const Runs& runs, uint32_t* parent, const float* scores, size_t height,
                            size_t width) {
    const size_t count = height == 0 ? 0 : runs.row_end[height - 1];
    size_t roots = 0;
    for (size_t i = 0; i < count; ++i) roots += parent[i] == i ? 1 : 0;
    std::vector<Region> found;
    found.reserve(roots);
    size_t i = 0;
    uint32_t next = 0;
    for (size_t y = 0; y < height; ++y) {
        const float* row = Scored ? scores + y * width : nullptr;
        found.resize(std::min(roots, next + runs.row_end[y] - i));
        for (; i < runs.row_end[y]; ++i) {
            // From here on parent is the region's number. Parents come first: theirs is known already.
            const uint32_t root = parent[i] == i ? 1 : 0, known = parent[parent[i]];
            parent[i] = (next & (0 - root)) | (known & (root - 1));
            next += root;
            add_run<Scored>(found[parent[i]], runs.run[i], y, row, root != 0);
        }
    }
    for (Region& region : found) finish(region, Scored);
    return found;
}

}  // namespace

std::vector<Region> regions(const uint8_t* mask, const float* scores, size_t height, size_t width) {
    Runs& runs = kept_runs();
    find_runs(mask, height, width, runs);
    uint32_t* parent = runs.parent.data();
    return scores ? measure<true>(runs, parent, scores, height, width)
                  : measure<false>(runs, parent, scores, height, width);
}

}  // namespace surfedge::SURFEDGE_LEVEL
