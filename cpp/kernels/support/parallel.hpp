#pragma once
// Work on several threads. Kernels cut their work into pieces whose shape depends on the data only, never on
// the number of threads, and each piece writes its own output: results are equal bit for bit for any count.

#include <cstddef>
#include <memory>
#include <type_traits>

namespace surfedge::SURFEDGE_LEVEL {

constexpr int kMaxThreads = 256;

// Threads that later kernel calls use, the caller included; 1 until told otherwise. 1 <= count <=
// kMaxThreads.
void set_threads(int count);
int threads();

using PieceFunction = void (*)(void* context, size_t piece);

// Calls function(context, piece) for each piece in [0, pieces), in any order, returns when all are done.
// While another call holds the threads, or inside a piece, it runs on the calling thread alone.
void run_pieces(size_t pieces, PieceFunction function, void* context);

// The same for a callable: parallel_for(rows, [&](size_t row) { ... }). It must not throw.
template <class F>
void parallel_for(size_t pieces, F&& body) {
    using Body = std::remove_reference_t<F>;
    run_pieces(
        pieces, [](void* context, size_t piece) { (*static_cast<Body*>(context))(piece); },
        const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

// Memory that a thread keeps between calls, 64-byte aligned, so that a warmed-up call allocates nothing.
// A later call with the same slot on the same thread returns the same memory: one slot per use in a kernel.
constexpr int kScratchSlots = 8;
void* scratch_bytes(int slot, size_t bytes);

template <class T>
T* scratch(int slot, size_t count) {
    return static_cast<T*>(scratch_bytes(slot, count * sizeof(T)));
}

}  // namespace surfedge::SURFEDGE_LEVEL
