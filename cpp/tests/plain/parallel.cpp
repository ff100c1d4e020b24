// parallel_for and scratch: every piece once, what is thrown reaches the caller, and all goes on afterwards.

#include "kernels/support/parallel.hpp"

#include <atomic>
#include <memory>
#include <new>

#include "kernels/support/scratch.hpp"
#include "tests/plain/checks.hpp"

namespace se = surfedge::SURFEDGE_LEVEL;

namespace plain {

namespace {

enum class Slot { one, two, end };

void check_pieces(size_t pieces) {
    std::vector<std::atomic<int>> done(pieces);
    se::parallel_for(pieces, [&](size_t piece) {
        ++done[piece];
        se::parallel_for(3, [&](size_t) { ++done[piece]; });
    });
    for (const std::atomic<int>& count : done)
        if (count != 4) return say("parallel_for", {1, pieces}, "a piece was not done once");
}

void check_exception(size_t pieces) {
    bool heard = false;
    try {
        se::parallel_for(pieces, [&](size_t piece) {
            if (piece == pieces / 2) throw std::bad_alloc();
        });
    } catch (const std::bad_alloc&) {
        heard = true;
    }
    if (!heard) say("parallel_for", {1, pieces}, "the caller does not hear of an exception");
}

void check_scratch() {
    char *one = se::scratch<char>(Slot::one, 100), *two = se::scratch<char>(Slot::two, 100);
    if (one == two || reinterpret_cast<uintptr_t>(one) % 64 || reinterpret_cast<uintptr_t>(two) % 64)
        say("scratch", {1, 100}, "slots are not apart or not aligned");
    if (se::scratch<char>(Slot::one, 50) != one) say("scratch", {1, 50}, "memory is not kept");
    bool heard = false;
    try {
        se::scratch<char>(Slot::one, SIZE_MAX / 4);
    } catch (const std::bad_alloc&) {
        heard = true;
    }
    if (!heard || !se::scratch<char>(Slot::one, 100)) say("scratch", {1, 100}, "no memory after a refusal");
}

}  // namespace

void check_parallel() {
    for (int threads : {1, 3}) {
        se::set_threads(threads);
        for (size_t pieces : {1, 2, 7, 100}) {
            check_pieces(pieces);
            check_exception(pieces);
            check_pieces(pieces);
        }
    }
    se::set_threads(1);
    check_scratch();
}

}  // namespace plain
