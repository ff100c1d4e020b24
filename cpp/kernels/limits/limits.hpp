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

// Bytes per second when all of `memory` is read again and again: how much memory that is says which cache
// answers. bytes >= 4096.
double read_rate(const uint8_t* memory, size_t bytes, double seconds);

// Bytes read plus bytes written per second when the first half of `memory` is copied into the second.
double copy_rate(uint8_t* memory, size_t bytes, double seconds);

// Float operations per second (a product and its sum are two) when nothing waits for memory.
double arithmetic_rate(double seconds);

}  // namespace surfedge::SURFEDGE_LEVEL
