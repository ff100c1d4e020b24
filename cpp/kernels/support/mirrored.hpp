#pragma once
// Lines that are mirrored at their ends, without end.

#include <cstddef>

namespace surfedge::SURFEDGE_LEVEL {

// Element of a line of n that position i shows, the edge once: d c b | a b c d | c b a.
inline size_t mirrored(ptrdiff_t i, size_t n) {
    if (n == 1) return 0;
    const size_t period = 2 * n - 2;
    const size_t j = static_cast<size_t>(i < 0 ? -i : i) % period;
    return j < n ? j : period - j;
}

// The same with the edge twice: d c b a | a b c d | d c b a.
inline size_t mirrored_with_edge(ptrdiff_t i, size_t n) {
    const ptrdiff_t length = static_cast<ptrdiff_t>(n);
    if (i >= 0 && i < length) return static_cast<size_t>(i);
    i %= 2 * length;
    if (i < 0) i += 2 * length;
    return static_cast<size_t>(i < length ? i : 2 * length - 1 - i);
}

}  // namespace surfedge::SURFEDGE_LEVEL
