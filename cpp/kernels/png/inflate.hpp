#pragma once
// A zlib stream unpacked piece by piece.

#include "kernels/png/codes.hpp"

namespace surfedge::SURFEDGE_LEVEL {

class Inflate {
  public:
    static constexpr size_t kReach = 32768;  // how far back a copy may lie
    static constexpr size_t kBeyond = 288;   // bytes behind the limit that may be written

    // False where the stream does not begin as one.
    bool begin(const PngBits& bits) {
        bits_ = bits;
        bits_.refill();
        const uint32_t method = bits_.take_bits(8), flags = bits_.take_bits(8);
        is_last_ = is_inside_ = false, left_ = 0;
        return (method & 15) == 8 && method >> 4 <= 7 && (method << 8 | flags) % 31 == 0 && !(flags & 32);
    }

    // Unpacks from `out` on until it is at `limit` or beyond, or the stream ends; copies reach back to
    // `from`. Where it ended, or null for what is no stream.
    uint8_t* unpack(const uint8_t* from, uint8_t* out, uint8_t* limit) {
        while (out && out < limit && !is_done()) {
            if (!is_inside_ && !begin_block()) return nullptr;
            out = is_stored_ ? copy_stored(out, limit) : unpack_codes(from, out, limit);
            if (bits_.ran_out()) return nullptr;
        }
        return out;
    }

    bool is_done() const { return is_last_ && !is_inside_; }

    // The four bytes behind the stream.
    uint32_t checksum() {
        bits_.to_whole_byte();
        bits_.refill();
        uint8_t bytes[4];
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(bits_.take_bits(8));
        return big_endian(bytes);
    }
    bool ran_out() const { return bits_.ran_out(); }

  private:
    static constexpr size_t kSymbols = 288, kDistances = 32;

    bool begin_block() {
        bits_.refill();
        is_last_ = bits_.take_bits(1) != 0;
        const uint32_t kind = bits_.take_bits(2);
        is_inside_ = true, is_stored_ = kind == 0;
        if (kind == 0) {
            bits_.to_whole_byte();
            bits_.refill();
            left_ = bits_.take_bits(16);
            return (bits_.take_bits(16) ^ 0xFFFF) == left_;
        }
        uint8_t lengths[kSymbols + kDistances];
        size_t symbols = kSymbols, distances = kDistances;
        if (kind == 1) {
            for (size_t i = 0; i < kSymbols; ++i) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
            std::fill_n(lengths + kSymbols, kDistances, uint8_t{5});
        } else if (kind != 2 || !read_lengths(lengths, symbols, distances)) {
            return false;
        }
        const auto kind_of = [](size_t symbol) -> Entry {
            if (symbol < 256) return {0, kLiteral, static_cast<uint16_t>(symbol)};
            if (symbol == 256) return {0, kEnd, 0};
            if (symbol > 285) return {0, kNone, 0};
            return {0, kLength, static_cast<uint16_t>(symbol - 257)};
        };
        const auto plain = [](size_t symbol) -> Entry {
            return {0, static_cast<uint8_t>(symbol < 30 ? kPlain : kNone), static_cast<uint16_t>(symbol)};
        };
        if (!symbols_.make(lengths, symbols, false, kind_of)) return false;
        symbols_.join_literals();
        return distances_.make(lengths + symbols, distances, true, plain);
    }

    // Lengths of the codes of a block that brings its own.
    bool read_lengths(uint8_t* lengths, size_t& symbols, size_t& distances) {
        static constexpr uint8_t kOrder[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                               11, 4,  12, 3, 13, 2, 14, 1, 15};
        bits_.refill();
        symbols = 257 + bits_.take_bits(5), distances = 1 + bits_.take_bits(5);
        const size_t given = 4 + bits_.take_bits(4);
        if (symbols > 286 || distances > 30) return false;
        uint8_t of_lengths[19] = {};
        for (size_t i = 0; i < given; ++i) {
            bits_.refill();
            of_lengths[kOrder[i]] = static_cast<uint8_t>(bits_.take_bits(3));
        }
        const auto plain = [](size_t symbol) -> Entry { return {0, kPlain, static_cast<uint16_t>(symbol)}; };
        if (!lengths_.make(of_lengths, 19, false, plain)) return false;
        const size_t all = symbols + distances;
        for (size_t i = 0; i < all;) {
            bits_.refill();
            const Entry entry = lengths_.at(bits_.look());
            bits_.skip(entry.bits);
            size_t times = 1;
            uint8_t length = static_cast<uint8_t>(entry.value);
            if (entry.value >= 16) {
                if (entry.value == 16 && i == 0) return false;
                length = entry.value == 16 ? lengths[i - 1] : uint8_t{0};
                times = entry.value == 16   ? 3 + bits_.take_bits(2)
                        : entry.value == 17 ? 3 + bits_.take_bits(3)
                                            : 11 + bits_.take_bits(7);
            }
            if (times > all - i) return false;
            std::fill_n(lengths + i, times, length);
            i += times;
        }
        return lengths[256] != 0;
    }

    uint8_t* copy_stored(uint8_t* out, uint8_t* limit) {
        while (left_ > 0 && out < limit) {
            bits_.refill();
            if (bits_.ran_out()) return nullptr;
            for (unsigned i = 0; i < 7 && left_ > 0; ++i, --left_)
                *out++ = static_cast<uint8_t>(bits_.take_bits(8));
        }
        is_inside_ = left_ > 0;
        return out;
    }

    uint8_t* unpack_codes(const uint8_t* from, uint8_t* out, uint8_t* limit) {
        PngBits bits = bits_;  // in registers
        while (out < limit) {
            bits.refill();
            Entry entry = symbols_.at(bits.look());
            for (int i = 0; i < 3 && entry.kind - 1u < 2u; ++i) {  // 12 bits each at most
                std::memcpy(out, &entry.value, 2);
                out += entry.kind;
                bits.skip(entry.bits);
                entry = symbols_.at(bits.look());
            }
            if (entry.kind - 1u < 2u) continue;
            if (entry.kind == kLong) entry = symbols_.long_one(bits.look());
            bits.skip(entry.bits);
            if (entry.kind == kLiteral) {
                *out++ = static_cast<uint8_t>(entry.value);
            } else if (entry.kind == kLength) {
                out = copy(bits, entry.value, from, out);
                if (!out) return nullptr;
            } else {
                bits_ = bits, is_inside_ = false;
                return entry.kind == kEnd ? out : nullptr;
            }
        }
        bits_ = bits;
        return out;
    }

    uint8_t* copy(PngBits& bits, size_t symbol, const uint8_t* from, uint8_t* out) const {
        static constexpr uint16_t kLengths[29] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                  15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                  67, 83, 99, 115, 131, 163, 195, 227, 258};
        static constexpr uint8_t kLengthBits[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                    2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
        static constexpr uint16_t kBack[30] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                               33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                               1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
        const size_t length = kLengths[symbol] + bits.take_bits(kLengthBits[symbol]);
        bits.refill();
        Entry entry = distances_.at(bits.look());
        if (entry.kind == kLong) entry = distances_.long_one(bits.look());
        if (entry.kind != kPlain) return nullptr;
        bits.skip(entry.bits);
        const size_t extra = entry.value < 4 ? 0u : entry.value / 2u - 1u;
        const size_t back = kBack[entry.value] + bits.take_bits(static_cast<unsigned>(extra));
        if (back > static_cast<size_t>(out - from)) return nullptr;
        uint8_t* const end = out + length;
        size_t step = back;
        if (back < 8) {  // a pattern of so many bytes: by hand until as many as are copied at once lie there
            for (uint8_t* const first = out + 8; out < first; ++out)
                *out = out[-static_cast<ptrdiff_t>(back)];
            step = (7 + back) / back * back;
        }
        for (; out < end; out += 8) std::memcpy(out, out - step, 8);
        return end;
    }

    PngBits bits_;
    bool is_last_ = false, is_inside_ = false, is_stored_ = false;
    size_t left_ = 0;  // of a stored block
    Codes<12> symbols_;
    Codes<9> distances_;
    Codes<7> lengths_;
};

}  // namespace surfedge::SURFEDGE_LEVEL
