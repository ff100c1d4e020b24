#include "kernels/limits/limits.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "kernels/simd/simd.hpp"
#include "kernels/support/parallel.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

constexpr size_t kLine = 64;
constexpr double kTurnSeconds = 1e-3;  // far above the clock's grain and the start of the threads
constexpr size_t kAtOnce = 8;          // independent sums, to hide how long a load takes
constexpr size_t kChains = 12;         // the same for products; four of 16 registers stay for the rest
constexpr size_t kProducts = 1024;     // of each chain in one round

double now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(since).count();
}

// Best rate of turn(rounds), which does `amount` each round, in about `seconds`.
template <class F>
double best_rate(double amount, double seconds, F&& turn) {
    size_t rounds = 1;
    double best = 0.0;
    for (const double start = now(); now() - start < seconds || best == 0.0;) {
        const double begin = now();
        turn(rounds);
        const double spent = now() - begin;
        if (spent < kTurnSeconds && rounds < size_t{1} << 40) {
            rounds *= 2;
        } else {
            best = std::max(best, amount * static_cast<double>(rounds) / std::max(spent, 1e-9));
        }
    }
    return best;
}

// Calls part(piece, first, bytes) on all threads for the parts of [0, bytes), whole lines each.
template <class F>
void on_all_threads(size_t bytes, F&& part) {
    const size_t pieces = static_cast<size_t>(threads());
    const size_t share = bytes / pieces / kLine * kLine;
    parallel_for(pieces, [&](size_t piece) {
        const size_t first = piece * share;
        part(first, piece + 1 == pieces ? bytes - first : share);
    });
}

// Compilers see that nobody needs what is computed here, and that a second round does what the first one did.
// What is told to be volatile must be written; behind the fence memory must be read and written again.
template <class V>
void use(V value) {
    uint8_t bytes[sizeof(V)];
    std::memcpy(bytes, &value, sizeof value);
    for (uint8_t byte : bytes) {
        volatile uint8_t sink = byte;
        (void)sink;
    }
}

void end_round() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

void read_part(const uint8_t* from, size_t bytes, size_t rounds) {
    constexpr size_t kStep = kAtOnce * kVectorBytes;
    U64 seen[kAtOnce]{};
    for (size_t round = 0; round < rounds; ++round) {
        for (size_t i = 0; i + kStep <= bytes; i += kStep) {
            for (size_t j = 0; j < kAtOnce; ++j) seen[j] += load<U64>(from + i + j * kVectorBytes);
        }
        end_round();
    }
    for (size_t j = 1; j < kAtOnce; ++j) seen[0] += seen[j];
    use(seen[0]);
}

void copy_part(const uint8_t* from, uint8_t* to, size_t bytes, size_t rounds, bool past_cache) {
    for (size_t round = 0; round < rounds; ++round) {
        for (size_t i = 0; !past_cache && i + kVectorBytes <= bytes; i += kVectorBytes)
            store(to + i, load<U64>(from + i));
        if (past_cache) copy_line(to, from, bytes, true);
        end_round();
    }
    finish_past_cache();
}

void multiply_and_add(size_t rounds) {
    F32 sum[kChains];
    for (size_t j = 0; j < kChains; ++j) sum[j] = splat<F32>(1.0f + static_cast<float>(j));
    const F32 factor = splat<F32>(0.5f), term = splat<F32>(1.0f);
    for (size_t round = 0; round < rounds; ++round) {
        for (size_t j = 0; j < kChains; ++j) sum[j] = fused(sum[j], factor, term);
    }
    for (size_t j = 1; j < kChains; ++j) sum[0] += sum[j];
    use(sum[0]);
}

double read_rate(const uint8_t* memory, size_t bytes, double seconds) {
    return best_rate(static_cast<double>(bytes), seconds, [&](size_t rounds) {
        on_all_threads(bytes, [&](size_t first, size_t count) { read_part(memory + first, count, rounds); });
    });
}

double copy_rate(uint8_t* memory, size_t bytes, double seconds) {
    const size_t half = bytes / 2;
    const bool past_cache = half >= kPastCacheBytes;
    return best_rate(2.0 * static_cast<double>(half), seconds, [&](size_t rounds) {
        on_all_threads(half, [&](size_t first, size_t count) {
            copy_part(memory + first, memory + half + first, count, rounds, past_cache);
        });
    });
}

}  // namespace

MemoryRates memory_rates(uint8_t* memory, size_t bytes, double seconds) {
    const double read = read_rate(memory, bytes, seconds / 2);
    return {read, copy_rate(memory, bytes, seconds / 2)};
}

double arithmetic_rate(double seconds) {
    constexpr double kOperations = 2.0 * kChains * kLanes<F32> * kProducts;
    return best_rate(kOperations * threads(), seconds, [&](size_t rounds) {
        parallel_for(static_cast<size_t>(threads()), [&](size_t) { multiply_and_add(kProducts * rounds); });
    });
}

}  // namespace surfedge::SURFEDGE_LEVEL
