// Counted allocations and failures, bits at random, mirrored coordinates.

#include "tests/plain/checks.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace plain {

size_t allocations = 0;
int failures = 0;

uint32_t drawn() {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

void say(const char* what, Shape shape, const char* wrong) {
    std::printf("%s, %zu x %zu: %s\n", what, shape.height, shape.width, wrong);
    ++failures;
}

size_t mirrored(long at, size_t length, bool edge_repeated) {
    const long n = static_cast<long>(length);
    for (;;) {
        if (at < 0)
            at = edge_repeated ? -1 - at : -at;
        else if (at >= n)
            at = edge_repeated ? 2 * n - 1 - at : 2 * n - 2 - at;
        else
            return static_cast<size_t>(at);
    }
}

}  // namespace plain

namespace {

void* counted(size_t bytes, size_t alignment) {
    ++plain::allocations;
    const size_t unit = std::max<size_t>(alignment, sizeof(void*));
    void* memory = nullptr;
    if (posix_memalign(&memory, unit, bytes) != 0) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(size_t bytes) {
    return counted(bytes, 16);
}
void* operator new(size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
    std::free(memory);
}
