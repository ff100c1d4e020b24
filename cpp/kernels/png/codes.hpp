#pragma once
// Huffman codes of a block: a table for short ones, which gives two literals at once where both are short.

#include <algorithm>

#include "kernels/png/bits.hpp"

namespace surfedge::SURFEDGE_LEVEL {

// What a table says of the next bits: how many are a code, what kind it is, and its value.
enum Kind : uint32_t { kNone, kLiteral, kTwoLiterals, kLength, kEnd, kLong, kPlain };

struct Entry {
    uint8_t bits, kind;
    uint16_t value;
};

constexpr unsigned kMaxCodeBits = 15;

template <unsigned kTableBits>
class Codes {
  public:
    // lengths: of each symbol's code, 0 for none. kind_of(symbol): what it is and its value. False where they
    // are no code that uses all bits; none, or a single one of one bit, will do if may_be_few.
    template <class KindOf>
    bool make(const uint8_t* lengths, size_t symbols, bool may_be_few, KindOf kind_of) {
        std::fill_n(count_, kMaxCodeBits + 1, uint16_t{0});
        for (size_t i = 0; i < symbols; ++i) ++count_[lengths[i]];
        count_[0] = 0;
        uint32_t next[kMaxCodeBits + 2] = {}, first[kMaxCodeBits + 2] = {}, used = 0;
        for (unsigned bits = 1; bits <= kMaxCodeBits; ++bits) {
            next[bits + 1] = (next[bits] + count_[bits]) << 1;
            first[bits + 1] = first[bits] + count_[bits];
            used += static_cast<uint32_t>(count_[bits]) << (kMaxCodeBits - bits);
        }
        const bool is_few = first[kMaxCodeBits + 1] == count_[1] && count_[1] <= 1;
        if (used != 1u << kMaxCodeBits && !(may_be_few && is_few)) return false;
        if (is_few) std::fill_n(table_, kSize, Entry{0, kNone, 0});
        for (size_t i = 0; i < symbols; ++i) {
            const unsigned bits = lengths[i];
            if (bits == 0) continue;
            Entry entry = kind_of(i);
            entry.bits = static_cast<uint8_t>(bits);
            sorted_[first[bits]++] = entry;
            fill(reversed(next[bits]++, bits), entry);
        }
        return true;
    }

    // Joins literals whose codes lie together in the table's bits.
    void join_literals() {
        for (size_t i = kSize; i-- > 0;) {
            const Entry one = table_[i], other = table_[i >> one.bits];
            if (one.kind != kLiteral || other.kind != kLiteral || one.bits + other.bits > int{kTableBits})
                continue;
            table_[i] = {static_cast<uint8_t>(one.bits + other.bits), kTwoLiterals,
                         static_cast<uint16_t>(one.value | other.value << 8)};
        }
    }

    SURFEDGE_INLINE Entry at(uint64_t bits) const { return table_[bits & (kSize - 1)]; }

    // Of a code that is longer than the table's bits.
    Entry long_one(uint64_t bits) const {
        uint32_t code = 0, first = 0, index = 0;
        for (unsigned length = 1; length <= kMaxCodeBits; ++length, bits >>= 1) {
            code |= static_cast<uint32_t>(bits & 1);
            if (code < first + count_[length]) return sorted_[index + code - first];
            index += count_[length];
            first = (first + count_[length]) << 1;
            code <<= 1;
        }
        return {0, kNone, 0};
    }

  private:
    static constexpr size_t kSize = size_t{1} << kTableBits;

    static uint32_t reversed(uint32_t code, unsigned bits) {
        uint32_t turned = 0;
        for (unsigned i = 0; i < bits; ++i) turned = turned << 1 | (code >> i & 1);
        return turned;
    }

    void fill(uint32_t code, const Entry& entry) {
        if (entry.bits > kTableBits) {
            table_[code & (kSize - 1)] = {0, kLong, 0};
            return;
        }
        for (size_t i = code; i < kSize; i += size_t{1} << entry.bits) table_[i] = entry;
    }

    Entry table_[kSize];
    Entry sorted_[320];
    uint16_t count_[kMaxCodeBits + 1];
};

}  // namespace surfedge::SURFEDGE_LEVEL
