#pragma once
// What the threads keep: the half spectrum of a call, the gains of a group of its columns, a transform that
// is worked on, finished rows on their way past the cache, the power of several spectra, an image with zeros
// around it.

namespace surfedge::SURFEDGE_LEVEL {

enum class FourierSlot { spectrum, factors, elements, rows, powers, padded, end };

}  // namespace surfedge::SURFEDGE_LEVEL
