#pragma once
// The nearest entry of a bank for each of many vectors, by Euclidean distance, exhaustively. The search of
// K. Roth et al., "Towards total recall in industrial anomaly detection" (PatchCore), 2022.

#include <cstddef>
#include <cstdint>

namespace surfedge::SURFEDGE_LEVEL {

// x: size x count, one vector per column; bank: entries x size, one entry per row, entries >= 1; distance,
// index: count. Squares must fit into float32. A vector that holds NaN has distance NaN and index 0.
//
// Entries are compared by x.b - |b|^2 / 2, whose rounding may prefer an entry that is farther by as much;
// the distance given is that of the entry given, from the differences.
void nearest(const float* x, size_t size, size_t count, const float* bank, size_t entries, float* distance,
             int32_t* index);

}  // namespace surfedge::SURFEDGE_LEVEL
