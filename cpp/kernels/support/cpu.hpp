#pragma once
// Which instruction-set levels this CPU and its operating system run.

namespace surfedge::SURFEDGE_LEVEL {

struct CpuLevels {
    bool v2 = false;    // x86-64-v2: SSE4.2, POPCNT
    bool v3 = false;    // x86-64-v3: AVX2, FMA, BMI
    bool v4 = false;    // x86-64-v4: AVX-512 F, BW, CD, DQ, VL
    bool neon = false;  // every aarch64
};

CpuLevels cpu_levels();

}  // namespace surfedge::SURFEDGE_LEVEL
