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

}  // namespace surfedge::SURFEDGE_LEVEL
