#include "kernels/png/png.hpp"

#include <algorithm>
#include <new>

#include "kernels/png/filters.hpp"
#include "kernels/png/inflate.hpp"
#include "kernels/support/scratch.hpp"

namespace surfedge::SURFEDGE_LEVEL {
namespace {

enum class Slot { stream, inflate, zeros, end };

constexpr size_t kAtOnce = size_t{1} << 16;  // bytes that are unpacked before their rows are made

// The checksum of RFC 1950 over pieces of the stream.
class Adler {
  public:
    void add(const uint8_t* from, size_t count) {
        for (; count >= kBlock; from += kBlock, count -= kBlock) {
            uint32_t sum = 0, weighted = 0;
            for (size_t i = 0; i < kBlock; ++i) {
                sum += from[i];
                weighted += static_cast<uint32_t>(kBlock - i) * from[i];
            }
            b_ = (b_ + kBlock * a_ + weighted) % kModulus;
            a_ = (a_ + sum) % kModulus;
        }
        for (size_t i = 0; i < count; ++i) a_ += from[i], b_ += a_;
        a_ %= kModulus, b_ %= kModulus;
    }
    uint32_t value() const { return b_ << 16 | a_; }

  private:
    static constexpr uint32_t kModulus = 65521;
    static constexpr size_t kBlock = 512;
    uint32_t a_ = 1, b_ = 0;
};

// The unpacked stream: what copies may reach back to, and rows that are not whole yet.
class Unpacked {
  public:
    Unpacked(Inflate& inflate, size_t row)
        : inflate_(inflate), row_(row), room_(Inflate::kReach + kAtOnce + row) {
        first_ = scratch<uint8_t>(Slot::stream, room_ + Inflate::kBeyond);
        next_ = end_ = first_;
    }

    // The next row, null where there is none.
    const uint8_t* next() {
        while (static_cast<size_t>(end_ - next_) < row_) {
            if (!unpack_more()) return nullptr;
        }
        next_ += row_;
        return next_ - row_;
    }

    // Whether nothing is left and the checksum is right.
    bool ends_here() {
        if (!inflate_.is_done() && !unpack_more()) return false;
        return next_ == end_ && inflate_.is_done() && inflate_.checksum() == adler_.value() &&
               !inflate_.ran_out();
    }

  private:
    // False where the stream ended before.
    bool unpack_more() {
        if (inflate_.is_done()) return false;
        const size_t reach = std::min<size_t>(Inflate::kReach, static_cast<size_t>(end_ - first_));
        const uint8_t* kept = std::min<const uint8_t*>(end_ - reach, next_);
        const size_t shift = static_cast<size_t>(kept - first_);
        std::memmove(first_, kept, static_cast<size_t>(end_ - kept));
        next_ -= shift, end_ -= shift;
        uint8_t* const end = inflate_.unpack(first_, end_, first_ + room_);
        if (!end) return false;
        adler_.add(end_, static_cast<size_t>(end - end_));
        end_ = end;
        return true;
    }

    Inflate& inflate_;
    const size_t row_, room_;
    uint8_t *first_, *end_;
    const uint8_t* next_;
    Adler adler_;
};

template <size_t kChannels>
bool unfilter_rows(Unpacked& rows, const PngSize& size, uint8_t* pixels) {
    const size_t line = size.line();
    uint8_t* zeros = scratch<uint8_t>(Slot::zeros, line);
    std::fill_n(zeros, line, uint8_t{0});
    const uint8_t* above = zeros;
    for (size_t y = 0; y < size.height; ++y) {
        const uint8_t* row = rows.next();
        if (!row || !unfilter<kChannels>(row, above, line, pixels + y * line)) return false;
        above = pixels + y * line;
    }
    return rows.ends_here();
}

}  // namespace

bool png_pixels(const uint8_t* file, size_t bytes, const PngSize& size, uint8_t* pixels) {
    Inflate& inflate = *new (scratch<Inflate>(Slot::inflate, 1)) Inflate;
    if (!inflate.begin(PngBits(file, bytes))) return false;
    Unpacked rows(inflate, 1 + size.line());
    return size.channels == 3 ? unfilter_rows<3>(rows, size, pixels) : unfilter_rows<1>(rows, size, pixels);
}

}  // namespace surfedge::SURFEDGE_LEVEL
