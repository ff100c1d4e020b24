#include "kernels/support/cpu.hpp"

#include <cstdint>
#include <initializer_list>

#if defined(__x86_64__) || defined(_M_X64)
#define SURFEDGE_X86 1
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace surfedge::SURFEDGE_LEVEL {

#if defined(SURFEDGE_X86)
namespace {

struct Registers {
    uint32_t eax, ebx, ecx, edx;
};

Registers cpuid(uint32_t leaf) {
    Registers r{0, 0, 0, 0};
#if defined(_MSC_VER) && !defined(__clang__)
    int values[4];
    __cpuid(values, static_cast<int>(leaf & 0x80000000u));
    if (static_cast<uint32_t>(values[0]) < leaf) return r;
    __cpuidex(values, static_cast<int>(leaf), 0);
    r = {static_cast<uint32_t>(values[0]), static_cast<uint32_t>(values[1]), static_cast<uint32_t>(values[2]),
         static_cast<uint32_t>(values[3])};
#else
    if (static_cast<uint32_t>(__get_cpuid_max(leaf & 0x80000000u, nullptr)) < leaf) return r;
    __cpuid_count(leaf, 0, r.eax, r.ebx, r.ecx, r.edx);
#endif
    return r;
}

// XCR0: the register sets that the operating system saves between threads.
uint64_t saved_registers() {
#if defined(_MSC_VER) && !defined(__clang__)
    return _xgetbv(0);
#else
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

bool all(uint32_t value, std::initializer_list<int> bits) {
    for (int bit : bits) {
        if (!((value >> bit) & 1u)) return false;
    }
    return true;
}

}  // namespace

CpuLevels cpu_levels() {
    const Registers basic = cpuid(1), features = cpuid(7), extended = cpuid(0x80000001u);
    CpuLevels levels;
    // SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT; LAHF
    levels.v2 = all(basic.ecx, {0, 9, 13, 19, 20, 23}) && all(extended.ecx, {0});
    if (!levels.v2 || !all(basic.ecx, {27})) return levels;  // OSXSAVE: xgetbv may be asked
    const uint64_t saved = saved_registers();
    // FMA, MOVBE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT; XMM and YMM saved
    levels.v3 = all(basic.ecx, {12, 22, 28, 29}) && all(features.ebx, {3, 5, 8}) && all(extended.ecx, {5}) &&
                (saved & 0x6u) == 0x6u;
    // AVX-512 F, DQ, CD, BW, VL; masks and ZMM saved
    levels.v4 = levels.v3 && all(features.ebx, {16, 17, 28, 30, 31}) && (saved & 0xE6u) == 0xE6u;
    return levels;
}
#else
CpuLevels cpu_levels() {
    CpuLevels levels;
#if defined(__aarch64__) || defined(_M_ARM64)
    levels.neon = true;
#else
    levels.v2 = true;  // an unknown CPU runs the one module that was compiled for it
#endif
    return levels;
}
#endif

}  // namespace surfedge::SURFEDGE_LEVEL
