#pragma once
// What the threads keep: the deviations of a call's patches, sums of columns, sums of a row of patches.

namespace surfedge::SURFEDGE_LEVEL {

enum class PatchSlot { deviations, columns, patches, end };

}  // namespace surfedge::SURFEDGE_LEVEL
