// What the custom ops compute, free of TensorFlow. Matrices are row-major float32; sizes are in elements.
#pragma once

#include <cstdint>

namespace inkling {

struct Range {
  int64_t begin;
  int64_t end;
};

/** Element (r, c) is data[r · rowStride + c · columnStride]: a transposed matrix has its strides exchanged. */
struct Matrix {
  const float* data;
  int64_t rowStride;
  int64_t columnStride;
};

/** C [rows, columns] = A [rows, depth] · B [depth, columns] + bias [columns], where there is a bias. */
struct Product {
  int64_t rows;
  int64_t depth;
  int64_t columns;
  Matrix a;
  Matrix b;
  const float* bias;  // nullptr: none
  float* c;
  bool isAdded = false;  // whether C holds sums already, to add to; then there is no bias
};

/** Products that have B in common, which is packed once for both, and what its columns sum to. Of `second` only rows, A and C are read; B lies row by row, and the depth is at least 1. */
struct TwinProducts {
  Product first;
  Product second;
  float* columnSums;  // [columns]
};

/** [i g f o] = x·W + b + h₋₁·R; c = σ(f)·c₋₁ + σ(i)·tanh(g); h = σ(o)·tanh(c), with T steps of B lanes of H units. */
struct LstmForward {
  int64_t steps;
  int64_t laneCount;
  int64_t hiddenSize;
  const float* projected;     // x·W + b: [T·B, 4H], or a row for each token id
  const int32_t* ids;         // [T·B], row of `projected`; nullptr: each its own
  const float* packedKernel;  // R [H, 4H], packed by `packPart`
  const float* firstH;        // [B, H]
  const float* firstC;        // [B, H]
  const float* keep;          // [T, B]: what the carried state is multiplied by before the step
  float* h;                   // [T, B, H]
  float* c;                   // [T, B, H]
  float* gates;               // [T, B, 4H], after their nonlinearities
  float* hBefore;             // [T, B, H], after `keep`
};

struct LstmBackward {
  int64_t steps;
  int64_t laneCount;
  int64_t hiddenSize;
  const float* dh;                // [T, B, H], from above
  const float* packedTransposed;  // Rᵀ [4H, H], packed by `packPart`
  const float* gates;
  const float* c;
  const float* firstC;
  const float* keep;
  float* dz;  // [T, B, 4H]
};

/** h = tanh(x·W + b + h₋₁·R), with T steps of B lanes of H units. */
struct RnnForward {
  int64_t steps;
  int64_t laneCount;
  int64_t hiddenSize;
  const float* projected;     // x·W + b: [T·B, H], or a row for each token id
  const int32_t* ids;         // [T·B], row of `projected`; nullptr: each its own
  const float* packedKernel;  // R [H, H], packed by `packPart`
  const float* firstH;        // [B, H]
  const float* keep;          // [T, B]: what the carried state is multiplied by before the step
  float* h;                   // [T, B, H]
  float* hBefore;             // [T, B, H], after `keep`
};

struct RnnBackward {
  int64_t steps;
  int64_t laneCount;
  int64_t hiddenSize;
  const float* dh;                // [T, B, H], from above
  const float* packedTransposed;  // Rᵀ [H, H], packed by `packPart`
  const float* h;
  const float* keep;
  float* dz;  // [T, B, H]
};

/** [r z n] = x·W + b, [r' z' n'] = h₋₁·R + [0 0 b']; n = tanh(n + σ(r + r')·n'); h = n + σ(z + z')·(h₋₁ − n). */
struct GruForward {
  int64_t steps;
  int64_t laneCount;
  int64_t hiddenSize;
  const float* projected;     // x·W + b: [T·B, 3H], or a row for each token id
  const int32_t* ids;         // [T·B], row of `projected`; nullptr: each its own
  const float* packedKernel;  // R [H, 3H], packed by `packPart`
  const float* stateBias;     // b' [H]
  const float* firstH;        // [B, H]
  const float* keep;          // [T, B]
  float* h;                   // [T, B, H]
  float* gates;               // [T, B, 4H]: r, z, n after their nonlinearities, and n'
  float* hBefore;             // [T, B, H], after `keep`
};

struct GruBackward {
  int64_t steps;
  int64_t laneCount;
  int64_t hiddenSize;
  const float* dh;                // [T, B, H], from above
  const float* packedTransposed;  // Rᵀ [3H, H], packed by `packPart`
  const float* gates;
  const float* hBefore;
  const float* keep;
  float* dx;  // [T, B, 3H]: slope of x·W + b
  float* ds;  // [T, B, 3H]: slope of h₋₁·R + b'
};

struct CrossEntropy {
  int64_t columns;
  const float* logits;     // [N, V]
  const int32_t* targets;  // [N]
  float* nats;             // [N]
  float* logSums;          // [N]
};

struct CrossEntropyGradient {
  int64_t columns;
  const float* logits;     // [N, V]
  const int32_t* targets;  // [N]
  const float* logSums;    // [N]
  const float* dy;         // [N]
  float* slope;            // [N, V]
};

/** Σ weight · −ln softmax(h·Eᵀ + bias)[target] over rows of a tied softmax, and its gradients. */
struct SoftmaxLoss {
  int64_t hiddenSize;
  int64_t vocabularySize;
  const float* rows;              // h [N, H]
  const float* bias;              // [V]
  const int32_t* targets;         // [N]
  const float* weights;           // [N]
  const float* packedTransposed;  // Eᵀ [H, V], packed by `packPart`
  const float* packedEmbedding;   // E [V, H], packed by `packPart`
  float* dRows;                   // [N, H]
};

struct ScatterRows {
  int64_t rows;
  int64_t columns;
  int64_t outRows;
  const float* x;      // [rows, columns]
  const int32_t* ids;  // [rows], each in [0, outRows)
  float* out;          // [outRows, columns]
};

struct AdamUpdate {
  const float* parameters;
  const float* m;
  const float* v;
  const float* gradient;
  float gradientScale;
  float rate;  // with the correction of the moments' bias
  float kept;  // 1 − rate of decay
  float beta1;
  float beta2;
  float epsilon;
  float* nextParameters;
  float* nextM;
  float* nextV;
};

/** One instruction set's kernels. Those with a range do that part only, so that threads can share the rest. */
struct Kernels {
  /** Columns that a part of a product should be a multiple of. */
  int64_t strip;
  int64_t (*productScratch)(int64_t columns);
  void (*multiplyPart)(const Product& product, Range rows, Range columns, float* scratch);
  /** All rows of both, some columns of them. */
  void (*multiplyTwins)(const TwinProducts& twins, Range columns, float* scratch);
  int64_t (*packedFloats)(int64_t depth, int64_t columns);
  /** Packs some columns of B to where they lie in the whole of it packed; `part.begin` is a multiple of `strip`. */
  void (*packPart)(const Matrix& b, int64_t depth, int64_t columns, Range part, float* packed);
  void (*lstmForward)(const LstmForward& call, Range lanes);
  void (*lstmBackward)(const LstmBackward& call, Range lanes);
  void (*rnnForward)(const RnnForward& call, Range lanes);
  void (*rnnBackward)(const RnnBackward& call, Range lanes);
  void (*gruForward)(const GruForward& call, Range lanes);
  void (*gruBackward)(const GruBackward& call, Range lanes);
  void (*crossEntropy)(const CrossEntropy& call, Range rows);
  void (*crossEntropyGradient)(const CrossEntropyGradient& call, Range rows);
  /** Floats that a thread of `softmaxLoss` works in, whose part has so many rows. */
  int64_t (*softmaxScratch)(int64_t rows, int64_t hiddenSize, int64_t vocabularySize);
  /** Some rows' loss; adds their part to `dEmbedding` [V, H] and `dBias` [V]. */
  double (*softmaxLoss)(const SoftmaxLoss& call, Range rows, float* dEmbedding, float* dBias, float* scratch);
  /** Adds the rows to `out`, some columns of them. */
  void (*addRows)(const float* x, int64_t rows, int64_t columns, Range part, float* out);
  double (*sumOfSquares)(const float* x, Range part);
  void (*scatterRows)(const ScatterRows& call, Range columns);
  void (*adam)(const AdamUpdate& call, Range part);
};

/** The kernels for the widest instruction set that this processor has and `ONEDNN_MAX_CPU_ISA` allows. */
const Kernels& kernels();

}  // namespace inkling
