// The kernels for one instruction set. Included once for each by kernels.cc, which defines:
//   ISA          the namespace
//   ISA_TARGET   the attribute that lets the compiler use the set, empty for the baseline
//   ISA_BYTES    the width of a vector register
//   ISA_ROWS     rows of a product that are computed together; rows × 2 sums, 2 columns and 1 factor have to fit the registers
//   ISA_CELL     values of a product's factors that 4 bytes hold: 1 in float32, 2 in bfloat16, whose products are summed in float32

namespace inkling {
namespace ISA {

typedef float Vector __attribute__((vector_size(ISA_BYTES), aligned(4), may_alias));
typedef int32_t Bits __attribute__((vector_size(ISA_BYTES), aligned(4), may_alias));
typedef float Value __attribute__((may_alias));

constexpr int64_t kLanes = ISA_BYTES / 4;
/** Columns of a packed strip. */
constexpr int64_t kStrip = 2 * kLanes;
/** Rows of a strip that stay in the first cache. */
constexpr int64_t kDepth = 256 * ISA_CELL;
/** Rows of the first factor that stay in the second cache. */
constexpr int64_t kBlockRows = 16 * ISA_ROWS;

#define INLINE ISA_TARGET inline __attribute__((always_inline))

INLINE Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
INLINE void store(float* p, Vector x) { *reinterpret_cast<Vector*>(p) = x; }
INLINE Vector splat(float x) { return x - Vector{}; }
INLINE Vector choose(Bits mask, Vector yes, Vector no) {
  return reinterpret_cast<Vector>((reinterpret_cast<Bits>(yes) & mask) | (reinterpret_cast<Bits>(no) & ~mask));
}

/** The first `count` values, zeros after them. */
INLINE Vector loadSome(const float* p, int64_t count) {
  if (count >= kLanes) {
    return load(p);
  }
#if ISA_BYTES == 64
  return reinterpret_cast<Vector>(_mm512_maskz_loadu_ps((1u << count) - 1, p));
#else
  float part[kLanes] = {};
  memcpy(part, p, sizeof(float) * count);
  return load(part);
#endif
}

INLINE void storeSome(float* p, Vector x, int64_t count) {
  if (count >= kLanes) {
    store(p, x);
    return;
  }
#if ISA_BYTES == 64
  _mm512_mask_storeu_ps(p, (1u << count) - 1, reinterpret_cast<__m512>(x));
#else
  float part[kLanes];
  store(part, x);
  memcpy(p, part, sizeof(float) * count);
#endif
}

INLINE Vector least(Vector a, Vector b) { return choose(a < b, a, b); }
INLINE Vector greatest(Vector a, Vector b) { return choose(a > b, a, b); }

/**
 * tanh as the quotient of polynomials of degree 13 and 6, at most 4 units in the last place off: the coefficients that
 * Eigen uses, fitted over ±7.9, beyond which float32 knows no difference from ±1. Not-a-number stays.
 */
INLINE Vector hyperbolicTangent(Vector x) {
  const Vector limit = splat(7.90531110763549805f);
  const Vector a = greatest(least(limit, x), -limit);
  const Vector s = a * a;
  Vector p = s * -2.76076847742355e-16f + 2.00018790482477e-13f;
  p = p * s + -8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  Vector q = s * 1.19825839466702e-06f + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return choose(x == x, a * p / q, x);
}

INLINE Vector logistic(Vector x) { return hyperbolicTangent(x * 0.5f) * 0.5f + 0.5f; }

/** e^x for x ≤ 88, by 2^n · e^r with |r| ≤ ln 2 / 2 and a polynomial of degree 6; 0 below −87. */
INLINE Vector exponential(Vector x) {
  const Vector clamped = greatest(least(x, splat(88.0f)), splat(-87.0f));
  const Vector shifted = clamped * 1.44269504088896341f + 12582912.0f;  // 1.5 · 2^23: rounds to a whole number
  const Vector n = shifted - 12582912.0f;
  const Vector r = clamped - n * 0.693359375f - n * -2.12194440e-4f;
  Vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const Bits scale = (reinterpret_cast<Bits>(shifted) + 127) << 23;
  const Vector value = p * reinterpret_cast<Vector>(scale);
  return choose(x == x, choose(x < -87.0f, Vector{}, value), x);
}

/**
 * What the factors of a product are packed as: a value of float32, or two that follow each other along the depth in bfloat16, the
 * earlier one in the lower half, zero beyond the last.
 */
typedef int32_t Cell __attribute__((may_alias));

constexpr int64_t cellsOf(int64_t depth) { return (depth + ISA_CELL - 1) / ISA_CELL; }

#if ISA_CELL == 1

/** Cells of neighbours along the depth, which here are one each. */
INLINE Vector cellsAcross(const float* row, int64_t, int64_t, int64_t count) { return loadSome(row, count); }

INLINE void cellsAlong(const float* row, int64_t depth, Cell* cells) { memcpy(cells, row, sizeof(float) * depth); }

#else

/** In bfloat16, each in the lower half of 32 bits; rounded to the nearest, ties to even. */
INLINE __m512i rounded(Vector x) {
  return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(reinterpret_cast<__m512>(x)));
}

/** `count` cells side by side: of a row and of the one that follows it along the depth, if there is one. */
INLINE Vector cellsAcross(const float* row, int64_t rowStride, int64_t rowsLeft, int64_t count) {
  const __m512i first = rounded(loadSome(row, count));
  if (rowsLeft < 2) {
    return reinterpret_cast<Vector>(first);
  }
  const __m512i second = rounded(loadSome(row + rowStride, count));
  return reinterpret_cast<Vector>(_mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
}

/** The cells of `depth` values that lie behind each other. */
INLINE void cellsAlong(const float* row, int64_t depth, Cell* cells) {
  for (int64_t k = 0; k < depth; k += 2 * kLanes) {
    const Vector low = loadSome(row + k, depth - k);
    const Vector high = depth - k > kLanes ? loadSome(row + k + kLanes, depth - k - kLanes) : Vector{};
    const __m512bh both = _mm512_cvtne2ps_pbh(reinterpret_cast<__m512>(high), reinterpret_cast<__m512>(low));
    storeSome(reinterpret_cast<float*>(cells + k / 2), reinterpret_cast<Vector>((__m512i)both), cellsOf(depth - k));
  }
}

#endif

/**
 * Adds a factor's products with two vectors to their sums. By hand where the compiler would read the factors of a whole round first, and keep
 * the sums in memory for it: a third slower.
 */
INLINE void multiplyAdd(Vector& left, Vector& right, const Cell* factor, Vector b0, Vector b1) {
#ifdef ISA_MULTIPLY_ADD
  Vector spread;
  __asm__("vbroadcastss %[factor], %[spread]\n\t" ISA_MULTIPLY_ADD " %[b0], %[spread], %[left]\n\t" ISA_MULTIPLY_ADD
          " %[b1], %[spread], %[right]"
          : [spread] "=&v"(spread), [left] "+&v"(left), [right] "+v"(right)
          : [factor] "m"(*factor), [b0] "v"(b0), [b1] "v"(b1));
#else
  const float spread = *reinterpret_cast<const Value*>(factor);
  left = left + spread * b0;
  right = right + spread * b1;
#endif
}

/** A group of rows of a product's first factor, packed, and where its sums begin and go. */
struct RowBlock {
  const Cell* a;
  const float* const* begin;  // nullptr: at zero
  float* const* out;
};

/**
 * Rows × a strip of columns: sums in registers over `cells` of the depth; `b` is packed. `columns` < kStrip only at the edge. Each row is
 * written out (`R`), for a loop over rows would be unrolled too late for its sums to be kept out of memory. `PrefetchesNext`: the strip
 * behind this one is brought to the second cache meanwhile.
 */
template <bool PrefetchesNext, int... R>
INLINE void multiplyStrip(std::integer_sequence<int, R...>, const RowBlock& block, const float* b, int64_t cells, int64_t column,
                          int64_t columns) {
  Vector left[sizeof...(R)], right[sizeof...(R)];
  ((left[R] = Vector{}, right[R] = Vector{}), ...);
  // What is there before comes from far away and is needed at the end only.
  (__builtin_prefetch(block.out[R] + column, 1), ...);
  if (block.begin != nullptr) {
    (__builtin_prefetch(block.begin[R] + column), ...);
  }
  const Cell* a = block.a;
#pragma GCC unroll 4
  for (int64_t k = 0; k < cells; k++) {
    const Vector b0 = load(b);
    const Vector b1 = load(b + kLanes);
    if constexpr (PrefetchesNext) {
      __builtin_prefetch(b + cells * kStrip, 0, 2);
#if ISA_BYTES == 64
      __builtin_prefetch(b + cells * kStrip + kLanes, 0, 2);
#endif
    }
    (multiplyAdd(left[R], right[R], a + R, b0, b1), ...);
    a += sizeof...(R);
    b += kStrip;
  }
  if (columns == kStrip) {
    if (block.begin != nullptr) {
      ((left[R] = left[R] + load(block.begin[R] + column), right[R] = right[R] + load(block.begin[R] + column + kLanes)), ...);
    }
    ((store(block.out[R] + column, left[R]), store(block.out[R] + column + kLanes, right[R])), ...);
    return;
  }
  const auto storeEdge = [&](int r, Vector low, Vector high) ISA_TARGET {
    float edge[kStrip];
    store(edge, low);
    store(edge + kLanes, high);
    for (int64_t c = 0; c < columns; c++) {
      const float before = block.begin == nullptr ? 0.0f : block.begin[r][column + c];
      block.out[r][column + c] = before + edge[c];
    }
  };
  (storeEdge(R, left[R], right[R]), ...);
}

typedef void (*StripKernel)(const RowBlock&, const float*, int64_t, int64_t, int64_t);

template <int Rows, bool PrefetchesNext>
ISA_TARGET void stripKernel(const RowBlock& block, const float* b, int64_t cells, int64_t column, int64_t columns) {
  multiplyStrip<PrefetchesNext>(std::make_integer_sequence<int, Rows>(), block, b, cells, column, columns);
}

/** By rows, and whether the next strip is brought nearer. */
#define STRIP_KERNEL(ROWS) {stripKernel<ROWS, false>, stripKernel<ROWS, true>}
const StripKernel kStripKernels[][2] = {
    {nullptr, nullptr}, STRIP_KERNEL(1), STRIP_KERNEL(2), STRIP_KERNEL(3), STRIP_KERNEL(4), STRIP_KERNEL(5), STRIP_KERNEL(6),
#if ISA_ROWS > 6
    STRIP_KERNEL(7), STRIP_KERNEL(8), STRIP_KERNEL(9), STRIP_KERNEL(10), STRIP_KERNEL(11), STRIP_KERNEL(12),
#endif
};
#undef STRIP_KERNEL

/** Rows that are computed together, as even as whole numbers allow: 32 are 5 + 5 + 6 + 5 + 5 + 6, for 2 alone would wait for their sums. */
constexpr int64_t groupCount(int64_t rows) { return (rows + ISA_ROWS - 1) / ISA_ROWS; }
constexpr int64_t groupBegin(int64_t rows, int64_t group) { return rows * group / groupCount(rows); }

int64_t packedFloats(int64_t depth, int64_t columns) { return cellsOf(depth) * ((columns + kStrip - 1) / kStrip) * kStrip; }

/** Cells that are made at once where values behind each other become cells far from each other. */
constexpr int64_t kRun = 16;

/** Puts cells that lie behind each other (`depth` values from `from`, lines `lineStride` apart) side by side: line r's k-th goes to to[k · stride + r]. */
INLINE void packAcross(const float* from, int64_t lineStride, int64_t lines, int64_t depth, Cell* to, int64_t stride) {
  const int64_t cells = cellsOf(depth);
  // A run of each line at a time: what it goes to stays in the first cache.
  for (int64_t k0 = 0; k0 < cells; k0 += kRun) {
    const int64_t count = cells - k0 < kRun ? cells - k0 : kRun;
    const int64_t values = depth - k0 * ISA_CELL < kRun * ISA_CELL ? depth - k0 * ISA_CELL : kRun * ISA_CELL;
    const float* const first = from + k0 * ISA_CELL;
    Cell* const out = to + k0 * stride;
    int64_t r = 0;
#if ISA_BYTES >= 32
    // Four lines at a time; the last four may take some of those before them again.
    for (; lines >= 4 && r < lines && count == kRun; r += 4) {
      const int64_t line = r + 4 <= lines ? r : lines - 4;
      Cell runs[4][kRun];
      for (int64_t i = 0; i < 4; i++) {
        cellsAlong(first + (line + i) * lineStride, values, runs[i]);
      }
      for (int64_t k = 0; k < kRun; k += 4) {
        __m128 a = _mm_loadu_ps(reinterpret_cast<const float*>(runs[0] + k));
        __m128 b = _mm_loadu_ps(reinterpret_cast<const float*>(runs[1] + k));
        __m128 c = _mm_loadu_ps(reinterpret_cast<const float*>(runs[2] + k));
        __m128 d = _mm_loadu_ps(reinterpret_cast<const float*>(runs[3] + k));
        _MM_TRANSPOSE4_PS(a, b, c, d);
        float* const at = reinterpret_cast<float*>(out + k * stride + line);
        _mm_storeu_ps(at, a);
        _mm_storeu_ps(at + stride, b);
        _mm_storeu_ps(at + 2 * stride, c);
        _mm_storeu_ps(at + 3 * stride, d);
      }
    }
#endif
    for (; r < lines; r++) {
      Cell run[kRun];
      cellsAlong(first + r * lineStride, values, run);
      for (int64_t k = 0; k < count; k++) {
        out[k * stride + r] = run[k];
      }
    }
  }
}

/**
 * B's `depth` rows from `firstRow` and columns from `firstColumn` in strips: for each strip `cellsOf(depth)` × kStrip cells, zeros
 * beyond the last column.
 */
ISA_TARGET void packStrips(const Matrix& b, int64_t firstRow, int64_t depth, int64_t firstColumn, int64_t columns,
                           float* packed) {
  const int64_t cells = cellsOf(depth);
  for (int64_t c0 = 0; c0 < columns; c0 += kStrip) {
    const int64_t width = columns - c0 < kStrip ? columns - c0 : kStrip;
    const float* from = b.data + firstRow * b.rowStride + (firstColumn + c0) * b.columnStride;
    if (b.columnStride == 1) {
      const int64_t right = width > kLanes ? width - kLanes : 0;
      for (int64_t k = 0; k < cells; k++) {
        const float* row = from + k * ISA_CELL * b.rowStride;
        const int64_t rowsLeft = depth - k * ISA_CELL;
        store(packed + k * kStrip, cellsAcross(row, b.rowStride, rowsLeft, width));
        store(packed + k * kStrip + kLanes,
              right == 0 ? Vector{} : cellsAcross(row + kLanes, b.rowStride, rowsLeft, right));
      }
    } else {
      if (width < kStrip) {
        memset(packed, 0, sizeof(float) * cells * kStrip);
      }
      packAcross(from, b.columnStride, width, depth, reinterpret_cast<Cell*>(packed), kStrip);
    }
    packed += cells * kStrip;
  }
}

/** A's rows in groups: for each group `cellsOf(depth)` × its number of rows. */
ISA_TARGET void packRows(const Matrix& a, int64_t firstRow, int64_t rows, int64_t firstDepth, int64_t depth, Cell* packed) {
  const int64_t cells = cellsOf(depth);
  for (int64_t group = 0; group < groupCount(rows); group++) {
    const int64_t r0 = groupBegin(rows, group);
    const int64_t count = groupBegin(rows, group + 1) - r0;
    const float* from = a.data + (firstRow + r0) * a.rowStride + firstDepth * a.columnStride;
    if (a.columnStride == 1) {
      packAcross(from, a.rowStride, count, depth, packed, count);
    } else {
      for (int64_t k = 0; k < cells; k++) {
        const float* row = from + k * ISA_CELL * a.columnStride;
        float* const to = reinterpret_cast<float*>(packed + k * count);
#if ISA_BYTES == 64
        storeSome(to, cellsAcross(row, a.columnStride, depth - k * ISA_CELL, count), count);
#else
        for (int64_t r = 0; r < count; r++) {
          to[r] = row[r];
        }
#endif
      }
    }
    packed += cells * count;
  }
}

/** Adds rows to `out`, some columns of them. */
ISA_TARGET void addRows(const float* x, int64_t rows, int64_t columns, Range part, float* out) {
  for (int64_t r = 0; r < rows; r++) {
    const float* row = x + r * columns;
    for (int64_t c = part.begin; c < part.end; c += kLanes) {
      const int64_t n = part.end - c;
      storeSome(out + c, loadSome(out + c, n) + loadSome(row + c, n), n);
    }
  }
}

/** A block of the depth of C = A·B (+ bias), the rows and columns named, of which B is packed. */
ISA_TARGET void multiplyDepth(const Product& product, Range rows, Range columns, Range depths, const float* packedStrips, Cell* packedRows) {
  const int64_t width = columns.end - columns.begin, height = rows.end - rows.begin;
  const int64_t depth = depths.end - depths.begin, cells = cellsOf(depth);
  const float* begin[ISA_ROWS];
  float* out[ISA_ROWS];
  for (int64_t i0 = 0; i0 < height; i0 += kBlockRows) {
    const int64_t blockRows = height - i0 < kBlockRows ? height - i0 : kBlockRows;
    packRows(product.a, rows.begin + i0, blockRows, depths.begin, depth, packedRows);
    for (int64_t c0 = 0; c0 < width; c0 += kStrip) {
      const int64_t stripColumns = width - c0 < kStrip ? width - c0 : kStrip;
      for (int64_t group = 0; group < groupCount(blockRows); group++) {
        const int64_t r0 = groupBegin(blockRows, group);
        const int64_t count = groupBegin(blockRows, group + 1) - r0;
        for (int64_t r = 0; r < count; r++) {
          out[r] = product.c + (rows.begin + i0 + r0 + r) * product.columns + columns.begin;
          begin[r] = depths.begin > 0 || product.isAdded ? out[r] : product.bias + columns.begin;
        }
        const bool isFromZero = depths.begin == 0 && product.bias == nullptr && !product.isAdded;
        const RowBlock block = {packedRows + r0 * cells, isFromZero ? nullptr : begin, out};
        kStripKernels[count][0](block, packedStrips + c0 * cells, cells, c0, stripColumns);
      }
    }
  }
}

/** One part of C = A·B (+ bias): the rows and columns named. `scratch` has `productScratch` floats. */
ISA_TARGET void multiplyPart(const Product& product, Range rows, Range columns, float* scratch) {
  if (columns.end <= columns.begin || rows.end <= rows.begin) {
    return;
  }
  float* const packedStrips = scratch + kBlockRows * cellsOf(kDepth);
  for (int64_t k0 = 0; k0 < product.depth; k0 += kDepth) {
    const Range depths{k0, product.depth - k0 < kDepth ? product.depth : k0 + kDepth};
    packStrips(product.b, k0, depths.end - k0, columns.begin, columns.end - columns.begin, packedStrips);
    multiplyDepth(product, rows, columns, depths, packedStrips, reinterpret_cast<Cell*>(scratch));
  }
}

/** Some columns of two products, and what B's sum to. `scratch` as above. */
ISA_TARGET void multiplyTwins(const TwinProducts& twins, Range columns, float* scratch) {
  const Product& first = twins.first;
  if (columns.end <= columns.begin) {
    return;
  }
  float* const packedStrips = scratch + kBlockRows * cellsOf(kDepth);
  memset(twins.columnSums + columns.begin, 0, sizeof(float) * (columns.end - columns.begin));
  for (int64_t k0 = 0; k0 < first.depth; k0 += kDepth) {
    const Range depths{k0, first.depth - k0 < kDepth ? first.depth : k0 + kDepth};
    packStrips(first.b, k0, depths.end - k0, columns.begin, columns.end - columns.begin, packedStrips);
    addRows(first.b.data + k0 * first.b.rowStride, depths.end - k0, first.columns, columns, twins.columnSums);
    for (const Product* product : {&twins.first, &twins.second}) {
      multiplyDepth(*product, {0, product->rows}, columns, depths, packedStrips, reinterpret_cast<Cell*>(scratch));
    }
  }
}

int64_t productScratch(int64_t columns) { return kBlockRows * cellsOf(kDepth) + packedFloats(kDepth, columns); }

/** Columns of B, which begin with a strip, in blocks of kDepth rows, each in strips: what `multiplyPacked` reads when all of them are there. */
ISA_TARGET void packPart(const Matrix& b, int64_t depth, int64_t columns, Range part, float* packed) {
  for (int64_t k0 = 0; k0 < depth; k0 += kDepth) {
    const int64_t rows = depth - k0 < kDepth ? depth - k0 : kDepth;
    packStrips(b, k0, rows, part.begin, part.end - part.begin, packed + part.begin * cellsOf(rows));
    packed += packedFloats(rows, columns);
  }
}

/** A few rows times a matrix that is packed already. `begin[r]` may be nullptr for all rows: sums begin at zero. */
ISA_TARGET void multiplyPacked(const float* a, int64_t rowStride, int64_t rows, const float* packed, int64_t depth,
                               int64_t columns, const float* const* begin, float* out) {
  const std::unique_ptr<int32_t[]> packedRows(new int32_t[rows * cellsOf(depth < kDepth ? depth : kDepth)]);
  float* outs[ISA_ROWS];
  for (int64_t k0 = 0; k0 < depth; k0 += kDepth) {
    const int64_t part = depth - k0 < kDepth ? depth - k0 : kDepth;
    const int64_t cells = cellsOf(part);
    packRows({a, rowStride, 1}, 0, rows, k0, part, packedRows.get());
    for (int64_t c0 = 0; c0 < columns; c0 += kStrip) {
      const int64_t stripColumns = columns - c0 < kStrip ? columns - c0 : kStrip;
      for (int64_t group = 0; group < groupCount(rows); group++) {
        const int64_t r0 = groupBegin(rows, group);
        const int64_t count = groupBegin(rows, group + 1) - r0;
        for (int64_t r = 0; r < count; r++) {
          outs[r] = out + (r0 + r) * columns;
        }
        const float* const* first = k0 > 0 ? const_cast<const float* const*>(outs) : begin == nullptr ? nullptr : begin + r0;
        const RowBlock block = {packedRows.get() + r0 * cells, first, outs};
        // What is packed lies in the last cache or farther; once for all groups, and not behind its end.
        const bool prefetchesNext = group == groupCount(rows) - 1 && (c0 + kStrip < columns || k0 + part < depth);
        kStripKernels[count][prefetchesNext](block, packed + c0 * cells, cells, c0, stripColumns);
      }
    }
    packed += packedFloats(part, columns);
  }
}

INLINE float sumOf(Vector x) {
  float sum = 0;
  for (int64_t i = 0; i < kLanes; i++) {
    sum += x[i];
  }
  return sum;
}

/** What step t reads of the steps before, for some lanes: h₋₁, cleared where `keep` says so, into [T, B, H]. */
template <typename Forward>
INLINE void carryState(const Forward& call, int64_t t, Range lanes) {
  const int64_t H = call.hiddenSize, B = call.laneCount;
  for (int64_t b = lanes.begin; b < lanes.end; b++) {
    const int64_t at = t * B + b;
    const float* before = t == 0 ? call.firstH + b * H : call.h + (at - B) * H;
    for (int64_t j = 0; j < H; j += kLanes) {
      storeSome(call.hBefore + at * H + j, loadSome(before + j, H - j) * call.keep[at], H - j);
    }
  }
}

/** An LSTM over a window for some of its lanes: every lane is by itself, so that threads never wait for each other. */
ISA_TARGET void lstmForward(const LstmForward& call, Range lanes) {
  const int64_t H = call.hiddenSize, B = call.laneCount;
  const int64_t count = lanes.end - lanes.begin;
  std::vector<const float*> begin(count);
  for (int64_t t = 0; t < call.steps; t++) {
    const int64_t first = t * B + lanes.begin;
    for (int64_t i = 0; i < count; i++) {
      begin[i] = call.projected + (call.ids == nullptr ? first + i : call.ids[first + i]) * 4 * H;
    }
    carryState(call, t, lanes);
    multiplyPacked(call.hBefore + first * H, H, count, call.packedKernel, H, 4 * H, begin.data(), call.gates + first * 4 * H);
    for (int64_t b = lanes.begin; b < lanes.end; b++) {
      const int64_t at = t * B + b;
      float* z = call.gates + at * 4 * H;
      const float* cBefore = t == 0 ? call.firstC + b * H : call.c + (at - B) * H;
      for (int64_t j = 0; j < H; j += kLanes) {
        const int64_t n = H - j;
        const Vector i = logistic(loadSome(z + j, n));
        const Vector g = hyperbolicTangent(loadSome(z + H + j, n));
        const Vector f = logistic(loadSome(z + 2 * H + j, n));
        const Vector o = logistic(loadSome(z + 3 * H + j, n));
        const Vector c = f * (loadSome(cBefore + j, n) * call.keep[at]) + i * g;
        storeSome(z + j, i, n);
        storeSome(z + H + j, g, n);
        storeSome(z + 2 * H + j, f, n);
        storeSome(z + 3 * H + j, o, n);
        storeSome(call.c + at * H + j, c, n);
        storeSome(call.h + at * H + j, o * hyperbolicTangent(c), n);
      }
    }
  }
}

/** Truncated BPTT inside the window for some of its lanes. */
ISA_TARGET void lstmBackward(const LstmBackward& call, Range lanes) {
  const int64_t H = call.hiddenSize, B = call.laneCount;
  const int64_t count = lanes.end - lanes.begin;
  std::vector<float> dhLater(count * H), dcLater(count * H);
  for (int64_t t = call.steps - 1; t >= 0; t--) {
    for (int64_t b = lanes.begin; b < lanes.end; b++) {
      const int64_t at = t * B + b;
      const float* gates = call.gates + at * 4 * H;
      const float* cBefore = t == 0 ? call.firstC + b * H : call.c + (at - B) * H;
      const float keep = call.keep[at];
      float* dz = call.dz + at * 4 * H;
      float* dh = dhLater.data() + (b - lanes.begin) * H;
      float* dc = dcLater.data() + (b - lanes.begin) * H;
      // What flows back out of the step after this one passed that step's mask.
      const float keepLater = t + 1 < call.steps ? call.keep[at + B] : 0.0f;
      for (int64_t j = 0; j < H; j += kLanes) {
        const int64_t n = H - j;
        const Vector i = loadSome(gates + j, n), g = loadSome(gates + H + j, n);
        const Vector f = loadSome(gates + 2 * H + j, n), o = loadSome(gates + 3 * H + j, n);
        const Vector tanhC = hyperbolicTangent(loadSome(call.c + at * H + j, n));
        const Vector dhHere = loadSome(call.dh + at * H + j, n) + loadSome(dh + j, n) * keepLater;
        const Vector dC = loadSome(dc + j, n) * keepLater + dhHere * o * (1.0f - tanhC * tanhC);
        storeSome(dz + j, dC * g * i * (1.0f - i), n);
        storeSome(dz + H + j, dC * i * (1.0f - g * g), n);
        storeSome(dz + 2 * H + j, dC * (loadSome(cBefore + j, n) * keep) * f * (1.0f - f), n);
        storeSome(dz + 3 * H + j, dhHere * tanhC * o * (1.0f - o), n);
        storeSome(dc + j, dC * f, n);
      }
    }
    if (t > 0) {
      const int64_t first = t * B + lanes.begin;
      multiplyPacked(call.dz + first * 4 * H, 4 * H, count, call.packedTransposed, 4 * H, H, nullptr, dhLater.data());
    }
  }
}

/** A simple recurrent network over a window for some of its lanes. */
ISA_TARGET void rnnForward(const RnnForward& call, Range lanes) {
  const int64_t H = call.hiddenSize, B = call.laneCount;
  const int64_t count = lanes.end - lanes.begin;
  std::vector<const float*> begin(count);
  for (int64_t t = 0; t < call.steps; t++) {
    const int64_t first = t * B + lanes.begin;
    for (int64_t i = 0; i < count; i++) {
      begin[i] = call.projected + (call.ids == nullptr ? first + i : call.ids[first + i]) * H;
    }
    carryState(call, t, lanes);
    float* h = call.h + first * H;
    multiplyPacked(call.hBefore + first * H, H, count, call.packedKernel, H, H, begin.data(), h);
    for (int64_t j = 0; j < count * H; j += kLanes) {
      storeSome(h + j, hyperbolicTangent(loadSome(h + j, count * H - j)), count * H - j);
    }
  }
}

/** Truncated BPTT inside the window for some of its lanes. */
ISA_TARGET void rnnBackward(const RnnBackward& call, Range lanes) {
  const int64_t H = call.hiddenSize, B = call.laneCount;
  const int64_t count = lanes.end - lanes.begin;
  std::vector<float> dhLater(count * H);
  for (int64_t t = call.steps - 1; t >= 0; t--) {
    for (int64_t b = lanes.begin; b < lanes.end; b++) {
      const int64_t at = t * B + b;
      // What flows back out of the step after this one passed that step's mask.
      const float keepLater = t + 1 < call.steps ? call.keep[at + B] : 0.0f;
      const float* later = dhLater.data() + (b - lanes.begin) * H;
      for (int64_t j = 0; j < H; j += kLanes) {
        const int64_t n = H - j;
        const Vector h = loadSome(call.h + at * H + j, n);
        const Vector dh = loadSome(call.dh + at * H + j, n) + loadSome(later + j, n) * keepLater;
        storeSome(call.dz + at * H + j, dh * (1.0f - h * h), n);
      }
    }
    if (t > 0) {
      const int64_t first = t * B + lanes.begin;
      multiplyPacked(call.dz + first * H, H, count, call.packedTransposed, H, H, nullptr, dhLater.data());
    }
  }
}

/** A gated recurrent unit over a window for some of its lanes. */
ISA_TARGET void gruForward(const GruForward& call, Range lanes) {
  const int64_t H = call.hiddenSize, B = call.laneCount;
  const int64_t count = lanes.end - lanes.begin;
  std::vector<float> fromState(count * 3 * H), bias(3 * H);
  memcpy(bias.data() + 2 * H, call.stateBias, sizeof(float) * H);
  const std::vector<const float*> begin(count, bias.data());
  for (int64_t t = 0; t < call.steps; t++) {
    const int64_t first = t * B + lanes.begin;
    carryState(call, t, lanes);
    multiplyPacked(call.hBefore + first * H, H, count, call.packedKernel, H, 3 * H, begin.data(), fromState.data());
    for (int64_t i = 0; i < count; i++) {
      const int64_t at = first + i;
      const float* x = call.projected + (call.ids == nullptr ? at : call.ids[at]) * 3 * H;
      const float* s = fromState.data() + i * 3 * H;
      float* gates = call.gates + at * 4 * H;
      for (int64_t j = 0; j < H; j += kLanes) {
        const int64_t m = H - j;
        const Vector r = logistic(loadSome(x + j, m) + loadSome(s + j, m));
        const Vector z = logistic(loadSome(x + H + j, m) + loadSome(s + H + j, m));
        const Vector own = loadSome(s + 2 * H + j, m);
        const Vector n = hyperbolicTangent(loadSome(x + 2 * H + j, m) + r * own);
        storeSome(gates + j, r, m);
        storeSome(gates + H + j, z, m);
        storeSome(gates + 2 * H + j, n, m);
        storeSome(gates + 3 * H + j, own, m);
        storeSome(call.h + at * H + j, n + z * (loadSome(call.hBefore + at * H + j, m) - n), m);
      }
    }
  }
}

/** Truncated BPTT inside the window for some of its lanes. */
ISA_TARGET void gruBackward(const GruBackward& call, Range lanes) {
  const int64_t H = call.hiddenSize, B = call.laneCount;
  const int64_t count = lanes.end - lanes.begin;
  // What reaches h₋₁ past the product, and through it.
  std::vector<float> direct(count * H), dhLater(count * H);
  for (int64_t t = call.steps - 1; t >= 0; t--) {
    for (int64_t b = lanes.begin; b < lanes.end; b++) {
      const int64_t at = t * B + b;
      const float* gates = call.gates + at * 4 * H;
      const float keepLater = t + 1 < call.steps ? call.keep[at + B] : 0.0f;
      float* past = direct.data() + (b - lanes.begin) * H;
      const float* later = dhLater.data() + (b - lanes.begin) * H;
      for (int64_t j = 0; j < H; j += kLanes) {
        const int64_t m = H - j;
        const Vector r = loadSome(gates + j, m), z = loadSome(gates + H + j, m);
        const Vector n = loadSome(gates + 2 * H + j, m), own = loadSome(gates + 3 * H + j, m);
        const Vector dh = loadSome(call.dh + at * H + j, m) + (loadSome(past + j, m) + loadSome(later + j, m)) * keepLater;
        const Vector dn = dh * (1.0f - z) * (1.0f - n * n);
        const Vector dz = dh * (loadSome(call.hBefore + at * H + j, m) - n) * z * (1.0f - z);
        const Vector dr = dn * own * r * (1.0f - r);
        float* dx = call.dx + at * 3 * H;
        float* ds = call.ds + at * 3 * H;
        storeSome(dx + j, dr, m);
        storeSome(dx + H + j, dz, m);
        storeSome(dx + 2 * H + j, dn, m);
        storeSome(ds + j, dr, m);
        storeSome(ds + H + j, dz, m);
        storeSome(ds + 2 * H + j, dn * r, m);
        storeSome(past + j, dh * z, m);
      }
    }
    if (t > 0) {
      const int64_t first = t * B + lanes.begin;
      multiplyPacked(call.ds + first * 3 * H, 3 * H, count, call.packedTransposed, 3 * H, H, nullptr, dhLater.data());
    }
  }
}

/** The largest value of a row; not-a-number where there is one. */
INLINE float largestOfRow(const float* x, int64_t count) {
  Vector top = splat(-INFINITY);
  int64_t v = 0;
  for (; v + kLanes <= count; v += kLanes) {
    const Vector value = load(x + v);
    top = choose(value == value, greatest(top, value), value);
  }
  float most = -INFINITY;
  for (int64_t i = 0; i < kLanes; i++) {
    most = top[i] > most || top[i] != top[i] ? top[i] : most;
  }
  for (; v < count; v++) {
    most = x[v] > most || x[v] != x[v] ? x[v] : most;
  }
  return most;
}

/** Σ e^(x − most) of a row; `powers`, which may be the row itself, gets each of them. */
INLINE float sumOfPowers(const float* x, int64_t count, float most, float* powers) {
  Vector sums{};
  int64_t v = 0;
  for (; v + kLanes <= count; v += kLanes) {
    const Vector power = exponential(load(x + v) - most);
    sums = sums + power;
    if (powers != nullptr) {
      store(powers + v, power);
    }
  }
  float sum = sumOf(sums);
  for (; v < count; v++) {
    const float power = expf(x[v] - most);
    sum += power;
    if (powers != nullptr) {
      powers[v] = power;
    }
  }
  return sum;
}

/** ln Σ e^x of a row. Not-a-number and infinities come through. */
INLINE float logSumOfRow(const float* x, int64_t count) {
  const float most = largestOfRow(x, count);
  return most + logf(sumOfPowers(x, count, most, nullptr));
}

/** For some rows: ln Σ e^x, and nats of the target. */
ISA_TARGET void crossEntropy(const CrossEntropy& call, Range rows) {
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const float* x = call.logits + r * call.columns;
    call.logSums[r] = logSumOfRow(x, call.columns);
    call.nats[r] = call.logSums[r] - x[call.targets[r]];
  }
}

/** For some rows: dy · (softmax − one-hot). */
ISA_TARGET void crossEntropyGradient(const CrossEntropyGradient& call, Range rows) {
  const int64_t V = call.columns;
  for (int64_t r = rows.begin; r < rows.end; r++) {
    const float* x = call.logits + r * V;
    float* slope = call.slope + r * V;
    const float dy = call.dy[r];
    if (dy == 0.0f) {
      memset(slope, 0, sizeof(float) * V);
      continue;
    }
    for (int64_t v = 0; v < V; v += kLanes) {
      storeSome(slope + v, exponential(loadSome(x + v, V - v) - call.logSums[r]) * dy, V - v);
    }
    slope[call.targets[r]] -= dy;
  }
}

/** About as many rows as have logits that stay in the last cache from the product that makes them to those that read them. */
int64_t softmaxRows(int64_t vocabularySize) {
  const int64_t rows = (int64_t{1} << 18) / vocabularySize / ISA_ROWS * ISA_ROWS;
  return rows < 4 * ISA_ROWS ? 4 * ISA_ROWS : rows > 256 ? 256 : rows;
}

/** Blocks of about `softmaxRows` that so many rows are cut into: none of a few rows only, for each reads and writes all of the gradient. */
int64_t softmaxBlocks(int64_t rows, int64_t vocabularySize) {
  const int64_t blocks = (2 * rows + softmaxRows(vocabularySize)) / (2 * softmaxRows(vocabularySize));
  return blocks < 1 ? 1 : blocks;
}

/** Where a block begins, behind whole groups of rows. */
int64_t softmaxBegin(int64_t rows, int64_t blocks, int64_t block) {
  const int64_t begin = groupCount(rows) * block / blocks * ISA_ROWS;
  return begin < rows ? begin : rows;
}

/** Floats of the largest block's logits, with what keeps that which lies behind them in its place. */
int64_t softmaxLogits(int64_t rows, int64_t vocabularySize) {
  const int64_t blocks = softmaxBlocks(rows, vocabularySize);
  const int64_t mostRows = (groupCount(rows) + blocks - 1) / blocks * ISA_ROWS;
  return (mostRows * vocabularySize + 15) / 16 * 16;
}

int64_t softmaxScratch(int64_t rows, int64_t hiddenSize, int64_t vocabularySize) {
  return softmaxLogits(rows, vocabularySize) + productScratch(hiddenSize);
}

/** Block after block of rows: logits, loss, slope in their place, and the products that take it on. */
ISA_TARGET double softmaxLoss(const SoftmaxLoss& call, Range rows, float* dEmbedding, float* dBias, float* scratch) {
  const int64_t H = call.hiddenSize, V = call.vocabularySize;
  const int64_t rowCount = rows.end - rows.begin, blocks = softmaxBlocks(rowCount, V);
  std::vector<const float*> biases(rowCount, call.bias);
  float* const logits = scratch;
  float* const behindLogits = scratch + softmaxLogits(rowCount, V);
  double loss = 0;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t r0 = rows.begin + softmaxBegin(rowCount, blocks, block);
    const int64_t count = rows.begin + softmaxBegin(rowCount, blocks, block + 1) - r0;
    const float* h = call.rows + r0 * H;
    multiplyPacked(h, H, count, call.packedTransposed, H, V, biases.data(), logits);
    for (int64_t r = 0; r < count; r++) {
      float* x = logits + r * V;
      const float weight = call.weights[r0 + r];
      const int32_t target = call.targets[r0 + r];
      if (weight == 0.0f) {
        memset(x, 0, sizeof(float) * V);
        continue;
      }
      const float most = largestOfRow(x, V);
      const float logit = x[target];
      const float sum = sumOfPowers(x, V, most, x);
      loss += weight * static_cast<double>(most + logf(sum) - logit);
      const float scale = weight / sum;
      for (int64_t v = 0; v < V; v += kLanes) {
        const int64_t n = V - v;
        const Vector slope = loadSome(x + v, n) * scale;
        storeSome(x + v, slope, n);
        storeSome(dBias + v, loadSome(dBias + v, n) + slope, n);
      }
      x[target] -= weight;
      dBias[target] -= weight;
    }
    multiplyPacked(logits, V, count, call.packedEmbedding, V, H, nullptr, call.dRows + r0 * H);
    Product product{V, count, H, {logits, 1, V}, {h, H, 1}, nullptr, dEmbedding};
    product.isAdded = true;
    multiplyPart(product, {0, V}, {0, H}, behindLogits);
  }
  return loss;
}

/** Σ x² of some values. */
ISA_TARGET double sumOfSquares(const float* x, Range part) {
  // So many are summed in float32, which is exact enough for them; the sums of all in float64.
  constexpr int64_t kRunOfSquares = 64 * kLanes;
  double sum = 0;
  for (int64_t i = part.begin; i < part.end; i += kRunOfSquares) {
    const int64_t end = part.end - i < kRunOfSquares ? part.end : i + kRunOfSquares;
    Vector sums{};
    for (int64_t k = i; k < end; k += kLanes) {
      const Vector value = loadSome(x + k, end - k);
      sums = sums + value * value;
    }
    sum += sumOf(sums);
  }
  return sum;
}

/** out[ids[r]] += x[r], some columns of it. */
ISA_TARGET void scatterRows(const ScatterRows& call, Range part) {
  for (int64_t r = 0; r < call.outRows; r++) {
    memset(call.out + r * call.columns + part.begin, 0, sizeof(float) * (part.end - part.begin));
  }
  for (int64_t r = 0; r < call.rows; r++) {
    const float* row = call.x + r * call.columns;
    float* to = call.out + static_cast<int64_t>(call.ids[r]) * call.columns;
    for (int64_t c = part.begin; c < part.end; c += kLanes) {
      const int64_t n = part.end - c;
      storeSome(to + c, loadSome(to + c, n) + loadSome(row + c, n), n);
    }
  }
}

/** One Adam update of some parameters. */
ISA_TARGET void adam(const AdamUpdate& call, Range part) {
  for (int64_t i = part.begin; i < part.end; i += kLanes) {
    const int64_t n = part.end - i;
    const Vector g = loadSome(call.gradient + i, n) * call.gradientScale;
    const Vector m = loadSome(call.m + i, n) * call.beta1 + g * (1.0f - call.beta1);
    const Vector v = loadSome(call.v + i, n) * call.beta2 + g * g * (1.0f - call.beta2);
    Vector root;
    for (int64_t k = 0; k < kLanes; k++) {
      root[k] = __builtin_sqrtf(v[k]);
    }
    storeSome(call.nextParameters + i, loadSome(call.parameters + i, n) * call.kept - m * call.rate / (root + call.epsilon), n);
    storeSome(call.nextM + i, m, n);
    storeSome(call.nextV + i, v, n);
  }
}

#undef INLINE

const Kernels kKernels = {
    kStrip,         productScratch, multiplyPart, multiplyTwins, packedFloats, packPart, lstmForward, lstmBackward, rnnForward,
    rnnBackward, gruForward,     gruBackward,  crossEntropy, crossEntropyGradient, softmaxScratch, softmaxLoss,  addRows,
    sumOfSquares, scatterRows, adam,
};

}  // namespace ISA
}  // namespace inkling
