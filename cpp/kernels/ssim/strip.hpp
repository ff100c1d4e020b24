#pragma once
// A strip of the image goes down through the nearest cache: s and d of a row, sums along it, and for several
// rows at once sums down the columns and S.

#include <algorithm>
#include <utility>

#include "kernels/ssim/formula.hpp"
#include "kernels/ssim/windows.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// A thread's memory for the rows of one strip of at most kStripColumns columns.
template <class Window>
class Strip {
  public:
    static constexpr size_t kRows = Window::kRows;  // made at once
    // Floats per row of one input: columns, window and what vectors reach beyond.
    static constexpr size_t kPitch = (kStripColumns + Window::kWidth + 3 * kStep) / kStep * kStep;
    static constexpr size_t kLine = Window::kInputs * kPitch;
    static constexpr size_t kRow =
        4 * kStripColumns + 16;  // not half a page: rows would share places in the cache
    static constexpr size_t kPairs = (kRows + Window::kWidth - 1) / 2;  // of rows that are kept
    static constexpr size_t kBlock = kRows * 4 * kStep;
    static constexpr size_t kFloats = 2 * kLine + kPairs * 2 * kRow + 2 * kBlock + kRows * kStripColumns;

    Strip(const Window& window, size_t columns, float* memory) : window_(window), columns_(columns) {
        for (float*& line : lines_) line = memory, memory += kLine;
        for (float*& pair : pair_) pair = memory, memory += 2 * kRow;
        blocks_ = memory, similarity_ = memory + 2 * kBlock;
    }

    // Columns from half a window left of the strip to half a window right of it.
    size_t reach() const { return columns_ + Window::kWidth - 1; }

    // The line that was filled last: [kInputs][kPitch].
    float* line() { return lines_[1]; }

    // Fills a line: source.put(x, line) puts a vector of columns that x lies in, kPitch floats apart.
    template <class Source>
    void fill(const Source& source) {
        for (size_t x = 0; x < reach(); x += kStep) source.put(x, lines_[0]);
        std::swap(lines_[0], lines_[1]);
    }

    // Takes in the line as the newest row and fills another in the same loop, to keep all units of the CPU
    // busy.
    template <class Source>
    void add(const Source& source_) {
        const Window window = window_;
        const Source source = source_;
        float* const next = lines_[0];
        const auto fill_at = [=](size_t x) SURFEDGE_INLINE_LAMBDA { source.put(x, next); };
        window.along(lines_[1], kPitch, columns_, pair_[row_ / 2] + row_ % 2 * kRow, fill_at);
        for (size_t x = (columns_ + kStep - 1) / kStep * kStep; x < reach(); x += kStep) fill_at(x);
        std::swap(lines_[0], lines_[1]);
        row_ = row_ + 1 == 2 * kPairs ? 0 : row_ + 1;
    }

    // Compares the kRows rows whose windows begin with the oldest one.
    void compare(const Formula& formula_) {
        const float* pair[kPairs];
        for (size_t i = 0; i < kPairs; ++i) pair[i] = pair_[(row_ / 2 + i) % kPairs];
        const Window window = window_;
        const Formula formula = formula_;
        float* const out = similarity_;
        const auto down = [&](size_t x, size_t q, float* block) {
            window.down(
                [&](size_t i) { return load<F32>(pair[i / 2] + i % 2 * kRow + q * kStripColumns + x); },
                [&](size_t k, F32 sum) { store(block + (4 * k + q) * kStep, sum); });
        };
        const auto similar = [&](size_t x, size_t k, const float* block) {
            const float* sum = block + 4 * k * kStep;
            store(out + k * kStripColumns + x,
                  formula({load<F32>(sum), load<F32>(sum + kStep), load<F32>(sum + 2 * kStep),
                           load<F32>(sum + 3 * kStep)}));
        };
        // S is made one vector behind the sums, to keep all units of the CPU busy.
        float *block = blocks_, *before = blocks_ + kBlock;
        for (size_t q = 0; q < 4; ++q) down(0, q, block);
        size_t x = kStep;
        for (; x < columns_; x += kStep) {
            std::swap(block, before);
#pragma GCC unroll 4
            for (size_t q = 0; q < 4; ++q) {
                down(x, q, block);
#pragma GCC unroll 4
                for (size_t k = q * kRows / 4; k < (q + 1) * kRows / 4; ++k) similar(x - kStep, k, before);
            }
        }
        for (size_t k = 0; k < kRows; ++k) similar(x - kStep, k, block);
    }

    // S of row k of the last compare().
    const float* similarity(size_t k) const { return similarity_ + k * kStripColumns; }

  private:
    const Window window_;
    const size_t columns_;
    float *lines_[2], *pair_[kPairs], *blocks_, *similarity_;
    size_t row_ = 0;  // where the next row goes, which is where the oldest one is
};

}  // namespace surfedge::SURFEDGE_LEVEL
