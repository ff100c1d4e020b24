#pragma once
// The disk x^2 + y^2 <= r^2 as runs of rows with equal chords.
//
// Row dy of the disk is the chord [-w(dy), w(dy)], w(dy) = floor(sqrt(r^2 - dy^2)). Erosion by a chord is
// erosion by a narrower one after erosion by their difference, and erosion distributes over minima. So the
// disk's minimum is a chain from its widest row outwards: start with the middle row; widen by the difference
// in w; take in the rows of the next width, above and below; go on until w = 0. The cost grows with r, not
// r^2.

#include <cstddef>

#include "kernels/morphology/morphology.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// Widen what was gathered by `widen` pixels to each side, then take in rows y -+ first ... y -+ last.
struct DiskStep {
    size_t widen, first, last;
};

// Steps after the middle row, for radius 1 ... kMaxRadius. The widths added up are the radius.
class DiskSteps {
  public:
    explicit DiskSteps(size_t radius) {
        size_t width = radius;
        for (size_t dy = 1; dy <= radius; ++dy) {
            size_t chord = width;
            while (chord * chord + dy * dy > radius * radius) --chord;
            if (chord == width) {
                steps_[count_ - 1].last = dy;  // w(1) < w(0), so there is one
            } else {
                steps_[count_++] = {width - chord, dy, dy};
                width = chord;
            }
        }
    }
    const DiskStep* begin() const { return steps_; }
    const DiskStep* end() const { return steps_ + count_; }

  private:
    DiskStep steps_[kMaxRadius];  // no memory to ask for
    size_t count_ = 0;
};

}  // namespace surfedge::SURFEDGE_LEVEL
