#pragma once
// Memory that a thread keeps between calls, 64-byte aligned, so that a warmed-up call allocates nothing.
//
// A kernel names its uses in an enum with `end` last, in its source or, where several files share it, in a
// header of its folder:
//   enum class Slot { rows, columns, end };
//   float* rows = scratch<float>(Slot::rows, count);
// The same slot on the same thread gives the same memory: one use at a time. Kernels share the slots; what
// one has left there means nothing to the next.

#include <cstddef>
#include <type_traits>

namespace surfedge::SURFEDGE_LEVEL {

constexpr int kScratchSlots = 8;
void* scratch_bytes(int slot, size_t bytes);

template <class T, class Slot>
T* scratch(Slot slot, size_t count) {
    static_assert(std::is_enum_v<Slot>, "slots have names: an enum of the kernel's");
    static_assert(static_cast<int>(Slot::end) <= kScratchSlots, "raise kScratchSlots");
    return static_cast<T*>(scratch_bytes(static_cast<int>(slot), count * sizeof(T)));
}

}  // namespace surfedge::SURFEDGE_LEVEL
