#include "kernels/support/scratch.hpp"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace surfedge::SURFEDGE_LEVEL {
namespace {

// Buffers of many pages ask for large ones: what is read in columns would look up an address for each few
// lines.
constexpr size_t kLargePage = size_t{2} << 20;

std::align_val_t alignment_of(size_t bytes) {
    return std::align_val_t(bytes < kLargePage ? 64 : kLargePage);
}

struct Buffer {
    void* memory = nullptr;
    size_t bytes = 0;

    void release() {
        if (memory) ::operator delete(memory, alignment_of(bytes));
        memory = nullptr, bytes = 0;
    }
    void allocate(size_t wanted) {
        release();
        const size_t unit = wanted < kLargePage ? 4096 : kLargePage;
        const size_t whole = (wanted + unit - 1) / unit * unit;
        memory = ::operator new(whole, alignment_of(whole));
        bytes = whole;  // not before there is memory: whoever catches bad_alloc may ask for less
#if defined(__linux__)
        if (bytes >= kLargePage) madvise(memory, bytes, MADV_HUGEPAGE);  // refused: it works all the same
#endif
    }
    ~Buffer() { release(); }
};

}  // namespace

void* scratch_bytes(int slot, size_t bytes) {
    thread_local Buffer buffers[kScratchSlots];
    Buffer& buffer = buffers[slot];
    if (buffer.bytes < bytes) buffer.allocate(bytes);
    return buffer.memory;
}

}  // namespace surfedge::SURFEDGE_LEVEL
