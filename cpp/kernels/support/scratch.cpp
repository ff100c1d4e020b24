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

struct Buffer {
    void* memory = nullptr;
    size_t bytes = 0;
    std::align_val_t alignment() const { return std::align_val_t(bytes < kLargePage ? 64 : kLargePage); }
    void release() {
        if (memory) ::operator delete(memory, alignment());
        memory = nullptr, bytes = 0;
    }
    void allocate(size_t wanted) {
        const size_t unit = wanted < kLargePage ? 4096 : kLargePage;
        bytes = (wanted + unit - 1) / unit * unit;
        memory = ::operator new(bytes, alignment());
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
    if (buffer.bytes < bytes) {
        buffer.release();
        buffer.allocate(bytes);
    }
    return buffer.memory;
}

}  // namespace surfedge::SURFEDGE_LEVEL
