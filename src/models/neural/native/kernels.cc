#include "kernels.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#define ISA_CELL 1

#define ISA baseline
#define ISA_TARGET
#define ISA_BYTES 16
#define ISA_ROWS 6
#include "simdKernels.h"
#undef ISA
#undef ISA_TARGET
#undef ISA_BYTES
#undef ISA_ROWS

#if defined(__x86_64__)

#define ISA avx2
#define ISA_TARGET __attribute__((target("avx2,fma")))
#define ISA_BYTES 32
#define ISA_MULTIPLY_ADD "vfmadd231ps"
#define ISA_ROWS 6
#include "simdKernels.h"
#undef ISA
#undef ISA_TARGET
#undef ISA_BYTES
#undef ISA_ROWS

// Clang 18 to 21 keep the wide registers behind a feature of their own.
#if defined(__clang__) && __clang_major__ >= 18 && __clang_major__ <= 21
#define WIDE_REGISTERS ",evex512"
#else
#define WIDE_REGISTERS ""
#endif

#define ISA avx512
#define ISA_TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma" WIDE_REGISTERS)))
#define ISA_BYTES 64
#define ISA_ROWS 12
#include "simdKernels.h"
#undef ISA
#undef ISA_TARGET
#undef ISA_CELL
#undef ISA_MULTIPLY_ADD

// GCC before 10 does not know bfloat16.
#if defined(__clang__) || __GNUC__ >= 10
#define HAS_BFLOAT16
#define ISA avx512bf16
#define ISA_TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,fma" WIDE_REGISTERS)))
#define ISA_CELL 2
#define ISA_MULTIPLY_ADD "vdpbf16ps"
#include "simdKernels.h"
#endif

#endif

namespace inkling {

namespace {

#if defined(__x86_64__)

/** What the processor has and the system saves when it switches threads. By hand, because not every compiler brings the library for it. */
struct Processor {
  bool hasAvx2 = false;
  bool hasAvx512 = false;
  /** Whether sums of products of bfloat16 are twice as fast: AMD's are, those of Intel's that have such an instruction have matrix units too. */
  bool hasFastBfloat16 = false;

  Processor() {
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0 || (c & bit_FMA) == 0) {
      return;
    }
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
      return;
    }
    const unsigned wide = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    hasAvx2 = (low & 0x6) == 0x6 && (b & bit_AVX2) != 0;
    hasAvx512 = (low & 0xe6) == 0xe6 && (b & wide) == wide;
    // Bits that the headers of older compilers have no names for: AMX-BF16 and AVX512-BF16.
    const bool hasMatrixUnits = (d & (1u << 22)) != 0;
    const bool hasProducts = __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1u << 5)) != 0;
    hasFastBfloat16 = hasAvx512 && hasProducts && !hasMatrixUnits;
  }
};

const Kernels& choose() {
  const Processor processor;
  const char* limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  const bool isWideAllowed = limit == nullptr || std::strncmp(limit, "AVX512", 6) == 0 ||
                             std::strncmp(limit, "AVX10", 5) == 0 || std::strcmp(limit, "DEFAULT") == 0;
#ifdef HAS_BFLOAT16
  const char* precision = std::getenv("ONEDNN_DEFAULT_FPMATH_MODE");
  if (isWideAllowed && processor.hasFastBfloat16 && precision != nullptr && std::strcmp(precision, "BF16") == 0) {
    return avx512bf16::kKernels;
  }
#endif
  if (isWideAllowed && processor.hasAvx512) {
    return avx512::kKernels;
  }
  const bool isAvx2Allowed = limit == nullptr || (std::strcmp(limit, "SSE41") != 0 && std::strcmp(limit, "AVX") != 0);
  return isAvx2Allowed && processor.hasAvx2 ? avx2::kKernels : baseline::kKernels;
}

#else

const Kernels& choose() { return baseline::kKernels; }

#endif

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace inkling
