#pragma once
// Vectors as wide as the level's registers: 16 bytes (x86-64-v2, NEON), 32 (v3), 64 (v4).
//
// F32, F64, U8 ... take + - * / & | ^ ~ << >> and comparisons lane by lane; a comparison gives the signed
// integer vector of the same lane size, all ones where true; select(mask, a, b) chooses lanes.
// They are the GCC and Clang vector extensions; other compilers (and SURFEDGE_PLAIN) get a struct of plain
// loops.

#include "kernels/simd/bfloat16.hpp"
#include "kernels/simd/group_sums.hpp"
#include "kernels/simd/lanes.hpp"
#include "kernels/simd/level.hpp"
#include "kernels/simd/memory.hpp"
#include "kernels/simd/numbers.hpp"
#include "kernels/simd/pixels.hpp"
#include "kernels/simd/types.hpp"
