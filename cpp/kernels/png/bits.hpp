#pragma once
// The image data of a PNG file as a row of bits, from chunk to chunk.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/simd/level.hpp"

namespace surfedge::SURFEDGE_LEVEL {

inline uint32_t big_endian(const uint8_t* from) {
    return static_cast<uint32_t>(from[0]) << 24 | static_cast<uint32_t>(from[1]) << 16 |
           static_cast<uint32_t>(from[2]) << 8 | from[3];
}

// Lowest bits first. Behind the last chunk come zeros, which ran_out() tells.
class PngBits {
  public:
    PngBits() = default;
    PngBits(const uint8_t* file, size_t bytes) : file_end_(file + bytes) {
        if (bytes < kSignature) return;
        for (const uint8_t* chunk = file + kSignature; !take(chunk); chunk += kAround + big_endian(chunk)) {
            if (is_outside(chunk)) return;
        }
    }

    // At least 56 bits.
    SURFEDGE_INLINE void refill() {
        if (end_ - at_ < 8) return refill_slowly();
        uint64_t more;
        std::memcpy(&more, at_, sizeof more);
        bits_ |= more << count_;
        at_ += (63 - count_) >> 3;
        count_ |= 56;
    }

    SURFEDGE_INLINE uint64_t look() const { return bits_; }
    SURFEDGE_INLINE void skip(unsigned count) { bits_ >>= count, count_ -= count; }

    // count <= 32, all of them there.
    SURFEDGE_INLINE uint32_t take_bits(unsigned count) {
        const uint32_t value = static_cast<uint32_t>(bits_ & ((uint64_t{1} << count) - 1));
        skip(count);
        return value;
    }

    // The next bytes as they lie in the file, from a whole byte on.
    void to_whole_byte() { skip(count_ & 7); }
    bool ran_out() const { return 8 * beyond_ > count_; }

  private:
    static constexpr size_t kSignature = 8, kAround = 12;  // a chunk's size, kind and checksum

    bool is_outside(const uint8_t* chunk) const {
        const size_t left = static_cast<size_t>(file_end_ - chunk);
        return left < kAround || left - kAround < big_endian(chunk);
    }

    // Makes the payload of the chunk the next bytes; false for one that is no image data.
    bool take(const uint8_t* chunk) {
        if (is_outside(chunk) || std::memcmp(chunk + 4, "IDAT", 4) != 0) return false;
        at_ = chunk + 8, end_ = at_ + big_endian(chunk);
        return true;
    }

    void refill_slowly() {
        bits_ &= (uint64_t{1} << count_) - 1;
        while (count_ < 56) {
            while (at_ == end_ && at_ && take(end_ + 4)) {
            }
            if (at_ == end_)
                ++beyond_;
            else
                bits_ |= static_cast<uint64_t>(*at_++) << count_;
            count_ += 8;
        }
    }

    const uint8_t *at_ = nullptr, *end_ = nullptr, *file_end_ = nullptr;
    uint64_t bits_ = 0;
    unsigned count_ = 0;  // of the bits, 63 at most
    size_t beyond_ = 0;   // bytes that were not there
};

}  // namespace surfedge::SURFEDGE_LEVEL
