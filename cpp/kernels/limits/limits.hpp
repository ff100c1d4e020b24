#pragma once
// What this machine can do at most: the rates that no kernel exceeds. J. D. McCalpin, "Memory bandwidth and
// machine balance in current high performance computers", 1995; S. Williams, A. Waterman, D. Patterson,
// "Roofline: an insightful visual performance model for multicore architectures", 2009.
//
// Work is done by as many pieces as there are threads, each with its own part of the memory, over and over
// for about `seconds`; the best of many turns counts, so that other programs disturb little.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

// Bytes per second, bytes >= 4096: how much memory that is says which cache answers.
struct MemoryRates {
    double read;  // all of `memory`, again and again
    double copy;  // its first half into the second: bytes read plus bytes written
};
MemoryRates memory_rates(uint8_t* memory, size_t bytes, double seconds);

// Float operations per second (a product and its sum are two) when nothing waits for memory.
double arithmetic_rate(double seconds);

}  // namespace surfedge::SURFEDGE_LEVEL
