// TensorFlow ops of ours, registered when the addon is loaded, through TensorFlow's C interface: its C++ one would bind the addon to
// one compiler. All run on the processor.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "kernels.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"
#include "threads.h"

namespace inkling {

namespace {

constexpr size_t kAlignment = 64;

/** Floats that live as long as a call. */
class Scratch {
 public:
  explicit Scratch(int64_t count)
      : data_(static_cast<float*>(std::aligned_alloc(kAlignment, (count * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment))) {}
  ~Scratch() { std::free(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  float* get() const { return data_; }

 private:
  float* data_;
};

/** What an op was called with; released at the end of the call. The first complaint fails the op. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) {
      TF_DeleteTensor(tensor);
    }
    TF_DeleteStatus(status_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool isSound() const { return TF_GetCode(status_) == TF_OK; }

  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    if (isSound()) {
      TF_GetInput(context_, index, &tensor, status_);
      if (tensor != nullptr) {
        tensors_.push_back(tensor);
      }
      fail();
    }
    return tensor;
  }

  const float* floats(int index, const std::vector<int64_t>& shape) {
    return static_cast<const float*>(data(index, shape));
  }

  const int32_t* ints(int index, const std::vector<int64_t>& shape) {
    return static_cast<const int32_t*>(data(index, shape));
  }

  /** Ids that have to be in [0, limit). */
  const int32_t* ids(int index, int64_t count, int64_t limit) {
    const int32_t* values = ints(index, {count});
    if (isSound() && std::any_of(values, values + count, [limit](int32_t id) { return id < 0 || id >= limit; })) {
      complain("an id is not in [0, " + std::to_string(limit) + ")");
    }
    return values;
  }

  float* output(int index, const std::vector<int64_t>& shape) {
    if (!isSound()) {
      return nullptr;
    }
    int64_t count = 1;
    for (int64_t size : shape) {
      count *= size;
    }
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          count * sizeof(float), status_);
    if (tensor != nullptr) {
      tensors_.push_back(tensor);
    }
    fail();
    return tensor == nullptr ? nullptr : static_cast<float*>(TF_TensorData(tensor));
  }

  void complain(const std::string& reason) {
    if (isSound()) {
      TF_SetStatus(status_, TF_INVALID_ARGUMENT, reason.c_str());
      fail();
    }
  }

 private:
  const void* data(int index, const std::vector<int64_t>& shape) {
    TF_Tensor* tensor = input(index);
    if (!isSound()) {
      return nullptr;
    }
    bool isExpected = TF_NumDims(tensor) == static_cast<int>(shape.size());
    for (size_t axis = 0; isExpected && axis < shape.size(); axis++) {
      isExpected = TF_Dim(tensor, static_cast<int>(axis)) == shape[axis];
    }
    if (!isExpected) {
      complain("input " + std::to_string(index) + " has another shape than the other inputs ask for");
      return nullptr;
    }
    return TF_TensorData(tensor);
  }

  void fail() {
    if (!isSound()) {
      TF_OpKernelContext_Failure(context_, status_);
    }
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

int64_t sizeOf(TF_Tensor* tensor, int axis) {
  return tensor != nullptr && axis < TF_NumDims(tensor) ? TF_Dim(tensor, axis) : 0;
}

/** [0, count) in parts of about the same size, multiples of `step`, at most `parts`. */
void shareRange(int64_t count, int64_t step, int64_t parts, const std::function<void(Range)>& work) {
  const int64_t steps = (count + step - 1) / step;
  const int64_t used = std::max<int64_t>(1, std::min(parts, steps));
  runParts(used, [&](int64_t part) {
    work({std::min(count, steps * part / used * step), std::min(count, steps * (part + 1) / used * step)});
  });
}

void multiply(const Product& product) {
  const Kernels& k = kernels();
  // Whatever is not divided is packed by every thread: the longer side is divided.
  const bool isByColumns = product.columns >= product.rows;
  const int64_t count = isByColumns ? product.columns : product.rows;
  const int64_t step = isByColumns ? k.strip : 12;
  shareRange(count, step, threadCount(), [&](Range part) {
    const Range rows = isByColumns ? Range{0, product.rows} : part;
    const Range columns = isByColumns ? part : Range{0, product.columns};
    const Scratch scratch(k.productScratch(columns.end - columns.begin));
    k.multiplyPart(product, rows, columns, scratch.get());
  });
}

/** Values of a matrix to pack that are worth waking a thread for. */
constexpr int64_t kFewestPacked = 16384;

/** The whole of B packed, each thread some of its columns. */
void pack(const Matrix& b, int64_t depth, int64_t columns, float* packed) {
  const Kernels& k = kernels();
  const int64_t strips = std::max<int64_t>(1, kFewestPacked / (k.strip * std::max<int64_t>(1, depth)));
  shareRange(columns, k.strip * strips, threadCount(), [&](Range part) { k.packPart(b, depth, columns, part, packed); });
}

/** Lanes that a thread takes: below a few, products read more than they compute. */
constexpr int64_t kFewestLanes = 4;

void lstm(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const kernel = call.input(2);
  TF_Tensor* const projected = call.input(0);
  TF_Tensor* const keep = call.input(5);
  const int64_t H = sizeOf(kernel, 0), T = sizeOf(keep, 0), B = sizeOf(keep, 1);
  const int64_t rows = sizeOf(projected, 0);
  const int64_t idCount = sizeOf(call.input(1), 0);
  LstmForward forward{T, B, H};
  forward.projected = call.floats(0, {rows, 4 * H});
  forward.ids = idCount == 0 ? nullptr : call.ids(1, T * B, rows);
  if (idCount == 0 && rows != T * B) {
    call.complain("without ids there has to be a row for every step and lane");
  }
  const float* const recurrent = call.floats(2, {H, 4 * H});
  forward.firstH = call.floats(3, {B, H});
  forward.firstC = call.floats(4, {B, H});
  forward.keep = call.floats(5, {T, B});
  forward.h = call.output(0, {T, B, H});
  float* const lastH = call.output(1, {B, H});
  float* const lastC = call.output(2, {B, H});
  forward.gates = call.output(3, {T, B, 4 * H});
  forward.c = call.output(4, {T, B, H});
  forward.hBefore = call.output(5, {T * B, H});
  if (!call.isSound()) {
    return;
  }
  const Kernels& k = kernels();
  const Scratch packed(k.packedFloats(H, 4 * H));
  pack({recurrent, 4 * H, 1}, H, 4 * H, packed.get());
  forward.packedKernel = packed.get();
  shareRange(B, kFewestLanes, threadCount(), [&](Range lanes) { k.lstmForward(forward, lanes); });
  const float* const h = T == 0 ? forward.firstH : forward.h + (T - 1) * B * H;
  const float* const c = T == 0 ? forward.firstC : forward.c + (T - 1) * B * H;
  std::copy(h, h + B * H, lastH);
  std::copy(c, c + B * H, lastC);
}

void lstmGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const above = call.input(0);
  const int64_t T = sizeOf(above, 0), B = sizeOf(above, 1), H = sizeOf(above, 2);
  LstmBackward backward{T, B, H};
  backward.dh = call.floats(0, {T, B, H});
  const float* const recurrent = call.floats(1, {H, 4 * H});
  backward.gates = call.floats(2, {T, B, 4 * H});
  backward.c = call.floats(3, {T, B, H});
  backward.firstC = call.floats(4, {B, H});
  backward.keep = call.floats(5, {T, B});
  backward.dz = call.output(0, {T * B, 4 * H});
  if (!call.isSound()) {
    return;
  }
  const Kernels& k = kernels();
  const Scratch packed(k.packedFloats(4 * H, H));
  pack({recurrent, 1, 4 * H}, 4 * H, H, packed.get());
  backward.packedTransposed = packed.get();
  shareRange(B, kFewestLanes, threadCount(), [&](Range lanes) { k.lstmBackward(backward, lanes); });
}

void rnn(void*, TF_OpKernelContext* context) {
  Call call(context);
  const int64_t H = sizeOf(call.input(2), 0), rows = sizeOf(call.input(0), 0), idCount = sizeOf(call.input(1), 0);
  TF_Tensor* const keep = call.input(4);
  const int64_t T = sizeOf(keep, 0), B = sizeOf(keep, 1);
  RnnForward forward{T, B, H};
  forward.projected = call.floats(0, {rows, H});
  forward.ids = idCount == 0 ? nullptr : call.ids(1, T * B, rows);
  if (idCount == 0 && rows != T * B) {
    call.complain("without ids there has to be a row for every step and lane");
  }
  const float* const recurrent = call.floats(2, {H, H});
  forward.firstH = call.floats(3, {B, H});
  forward.keep = call.floats(4, {T, B});
  forward.h = call.output(0, {T, B, H});
  float* const lastH = call.output(1, {B, H});
  forward.hBefore = call.output(2, {T * B, H});
  if (!call.isSound()) {
    return;
  }
  const Kernels& k = kernels();
  const Scratch packed(k.packedFloats(H, H));
  pack({recurrent, H, 1}, H, H, packed.get());
  forward.packedKernel = packed.get();
  shareRange(B, kFewestLanes, threadCount(), [&](Range lanes) { k.rnnForward(forward, lanes); });
  const float* const h = T == 0 ? forward.firstH : forward.h + (T - 1) * B * H;
  std::copy(h, h + B * H, lastH);
}

void rnnGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const above = call.input(0);
  const int64_t T = sizeOf(above, 0), B = sizeOf(above, 1), H = sizeOf(above, 2);
  RnnBackward backward{T, B, H};
  backward.dh = call.floats(0, {T, B, H});
  const float* const recurrent = call.floats(1, {H, H});
  backward.h = call.floats(2, {T, B, H});
  backward.keep = call.floats(3, {T, B});
  backward.dz = call.output(0, {T * B, H});
  if (!call.isSound()) {
    return;
  }
  const Kernels& k = kernels();
  const Scratch packed(k.packedFloats(H, H));
  pack({recurrent, 1, H}, H, H, packed.get());
  backward.packedTransposed = packed.get();
  shareRange(B, kFewestLanes, threadCount(), [&](Range lanes) { k.rnnBackward(backward, lanes); });
}

void gru(void*, TF_OpKernelContext* context) {
  Call call(context);
  const int64_t H = sizeOf(call.input(2), 0), rows = sizeOf(call.input(0), 0), idCount = sizeOf(call.input(1), 0);
  TF_Tensor* const keep = call.input(5);
  const int64_t T = sizeOf(keep, 0), B = sizeOf(keep, 1);
  GruForward forward{T, B, H};
  forward.projected = call.floats(0, {rows, 3 * H});
  forward.ids = idCount == 0 ? nullptr : call.ids(1, T * B, rows);
  if (idCount == 0 && rows != T * B) {
    call.complain("without ids there has to be a row for every step and lane");
  }
  const float* const recurrent = call.floats(2, {H, 3 * H});
  forward.stateBias = call.floats(3, {H});
  forward.firstH = call.floats(4, {B, H});
  forward.keep = call.floats(5, {T, B});
  forward.h = call.output(0, {T, B, H});
  float* const lastH = call.output(1, {B, H});
  forward.gates = call.output(2, {T, B, 4 * H});
  forward.hBefore = call.output(3, {T * B, H});
  if (!call.isSound()) {
    return;
  }
  const Kernels& k = kernels();
  const Scratch packed(k.packedFloats(H, 3 * H));
  pack({recurrent, 3 * H, 1}, H, 3 * H, packed.get());
  forward.packedKernel = packed.get();
  shareRange(B, kFewestLanes, threadCount(), [&](Range lanes) { k.gruForward(forward, lanes); });
  const float* const h = T == 0 ? forward.firstH : forward.h + (T - 1) * B * H;
  std::copy(h, h + B * H, lastH);
}

void gruGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const above = call.input(0);
  const int64_t T = sizeOf(above, 0), B = sizeOf(above, 1), H = sizeOf(above, 2);
  GruBackward backward{T, B, H};
  backward.dh = call.floats(0, {T, B, H});
  const float* const recurrent = call.floats(1, {H, 3 * H});
  backward.gates = call.floats(2, {T, B, 4 * H});
  backward.hBefore = call.floats(3, {T * B, H});
  backward.keep = call.floats(4, {T, B});
  backward.dx = call.output(0, {T * B, 3 * H});
  backward.ds = call.output(1, {T * B, 3 * H});
  if (!call.isSound()) {
    return;
  }
  const Kernels& k = kernels();
  const Scratch packed(k.packedFloats(3 * H, H));
  pack({recurrent, 1, 3 * H}, 3 * H, H, packed.get());
  backward.packedTransposed = packed.get();
  shareRange(B, kFewestLanes, threadCount(), [&](Range lanes) { k.gruBackward(backward, lanes); });
}

/** Whether the two factors of a product are to be read as their transposes. */
struct Transposes {
  bool a;
  bool b;
};

void* createProduct(TF_OpKernelConstruction* construction) {
  TF_Status* const status = TF_NewStatus();
  unsigned char a = 0, b = 0;
  TF_OpKernelConstruction_GetAttrBool(construction, "transpose_a", &a, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_OpKernelConstruction_GetAttrBool(construction, "transpose_b", &b, status);
  }
  if (TF_GetCode(status) != TF_OK) {
    TF_OpKernelConstruction_Failure(construction, status);
  }
  TF_DeleteStatus(status);
  return new Transposes{a != 0, b != 0};
}

void deleteProduct(void* transposes) { delete static_cast<Transposes*>(transposes); }

void product(void* kernel, TF_OpKernelContext* context) {
  const Transposes transposes = *static_cast<Transposes*>(kernel);
  Call call(context);
  TF_Tensor* const a = call.input(0);
  TF_Tensor* const b = call.input(1);
  const int64_t rows = sizeOf(a, transposes.a ? 1 : 0), depth = sizeOf(a, transposes.a ? 0 : 1);
  const int64_t columns = sizeOf(b, transposes.b ? 0 : 1);
  const int64_t biasSize = sizeOf(call.input(2), 0);
  const std::vector<int64_t> shapeA = transposes.a ? std::vector<int64_t>{depth, rows} : std::vector<int64_t>{rows, depth};
  const std::vector<int64_t> shapeB =
      transposes.b ? std::vector<int64_t>{columns, depth} : std::vector<int64_t>{depth, columns};
  Product product{rows, depth, columns};
  product.a = transposes.a ? Matrix{call.floats(0, shapeA), 1, rows} : Matrix{call.floats(0, shapeA), depth, 1};
  product.b = transposes.b ? Matrix{call.floats(1, shapeB), 1, depth} : Matrix{call.floats(1, shapeB), columns, 1};
  product.bias = biasSize == 0 ? nullptr : call.floats(2, {columns});
  product.c = call.output(0, {rows, columns});
  if (!call.isSound()) {
    return;
  }
  if (depth > 0) {
    multiply(product);
    return;
  }
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) {
      product.c[r * columns + c] = product.bias == nullptr ? 0.0f : product.bias[c];
    }
  }
}

void weightGradients(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const dz = call.input(2);
  const int64_t N = sizeOf(dz, 0), O = sizeOf(dz, 1), I = sizeOf(call.input(0), 1), H = sizeOf(call.input(1), 1);
  const Matrix slopes{call.floats(2, {N, O}), O, 1};
  const float* const x = call.floats(0, {N, I});
  const float* const h = call.floats(1, {N, H});
  TwinProducts twins{};
  twins.first = {I, N, O, {x, 1, I}, slopes, nullptr, call.output(0, {I, O})};
  twins.second = {H, N, O, {h, 1, H}, slopes, nullptr, call.output(1, {H, O})};
  twins.columnSums = call.output(2, {O});
  if (!call.isSound()) {
    return;
  }
  if (N == 0) {
    std::fill(twins.first.c, twins.first.c + I * O, 0.0f);
    std::fill(twins.second.c, twins.second.c + H * O, 0.0f);
  }
  const Kernels& k = kernels();
  shareRange(O, k.strip, threadCount(), [&](Range columns) {
    const Scratch scratch(k.productScratch(columns.end - columns.begin));
    k.multiplyTwins(twins, columns, scratch.get());
  });
}

void sumRows(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const x = call.input(0);
  const int64_t rows = sizeOf(x, 0), columns = sizeOf(x, 1);
  const float* const values = call.floats(0, {rows, columns});
  float* const out = call.output(0, {columns});
  if (call.isSound()) {
    shareRange(columns, 16, threadCount(), [&](Range part) {
      std::fill(out + part.begin, out + part.end, 0.0f);
      kernels().addRows(values, rows, columns, part, out);
    });
  }
}

void scatterRows(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const x = call.input(0);
  ScatterRows scatter{sizeOf(x, 0), sizeOf(x, 1), sizeOf(call.input(2), 0)};
  scatter.x = call.floats(0, {scatter.rows, scatter.columns});
  scatter.ids = call.ids(1, scatter.rows, scatter.outRows);
  scatter.out = call.output(0, {scatter.outRows, scatter.columns});
  if (call.isSound()) {
    shareRange(scatter.columns, 16, threadCount(), [&](Range part) { kernels().scatterRows(scatter, part); });
  }
}

/** Rows of a softmax that are worth waking a thread for. */
constexpr int64_t kSoftmaxRows = 16;

void crossEntropy(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const logits = call.input(0);
  const int64_t rows = sizeOf(logits, 0), columns = sizeOf(logits, 1);
  CrossEntropy loss{columns};
  loss.logits = call.floats(0, {rows, columns});
  loss.targets = call.ids(1, rows, columns);
  loss.nats = call.output(0, {rows});
  loss.logSums = call.output(1, {rows});
  if (call.isSound()) {
    shareRange(rows, kSoftmaxRows, threadCount() * 2, [&](Range part) { kernels().crossEntropy(loss, part); });
  }
}

void crossEntropyGradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const logits = call.input(0);
  const int64_t rows = sizeOf(logits, 0), columns = sizeOf(logits, 1);
  CrossEntropyGradient gradient{columns};
  gradient.logits = call.floats(0, {rows, columns});
  gradient.targets = call.ids(1, rows, columns);
  gradient.logSums = call.floats(2, {rows});
  gradient.dy = call.floats(3, {rows});
  gradient.slope = call.output(0, {rows, columns});
  if (call.isSound()) {
    shareRange(rows, kSoftmaxRows, threadCount() * 2,
               [&](Range part) { kernels().crossEntropyGradient(gradient, part); });
  }
}

void softmaxLoss(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const rows = call.input(0);
  const int64_t N = sizeOf(rows, 0), H = sizeOf(rows, 1), V = sizeOf(call.input(1), 0);
  SoftmaxLoss loss{H, V};
  loss.rows = call.floats(0, {N, H});
  const float* const embedding = call.floats(1, {V, H});
  loss.bias = call.floats(2, {V});
  loss.targets = call.ids(3, N, V);
  loss.weights = call.floats(4, {N});
  float* const total = call.output(0, {});
  loss.dRows = call.output(1, {N, H});
  float* const dEmbedding = call.output(2, {V, H});
  float* const dBias = call.output(3, {V});
  if (!call.isSound()) {
    return;
  }
  const Kernels& k = kernels();
  const Scratch transposed(k.packedFloats(H, V)), packed(k.packedFloats(V, H));
  pack({embedding, 1, H}, H, V, transposed.get());
  pack({embedding, H, 1}, V, H, packed.get());
  loss.packedTransposed = transposed.get();
  loss.packedEmbedding = packed.get();
  // The first thread's sums are the output; the others' are added to it.
  const int64_t parts = std::max<int64_t>(1, std::min(threadCount(), (N + kSoftmaxRows - 1) / kSoftmaxRows));
  const Scratch others((parts - 1) * (V * H + V));
  std::vector<double> sums(parts);
  runParts(parts, [&](int64_t part) {
    float* const embeddingSums = part == 0 ? dEmbedding : others.get() + (part - 1) * (V * H + V);
    float* const biasSums = part == 0 ? dBias : embeddingSums + V * H;
    std::fill(embeddingSums, embeddingSums + V * H, 0.0f);
    std::fill(biasSums, biasSums + V, 0.0f);
    const Range share{N * part / parts, N * (part + 1) / parts};
    const Scratch scratch(k.softmaxScratch(share.end - share.begin, H, V));
    sums[part] = k.softmaxLoss(loss, share, embeddingSums, biasSums, scratch.get());
  });
  shareRange(V * H + V, 16, threadCount(), [&](Range range) {
    for (int64_t part = 1; part < parts; part++) {
      const float* const from = others.get() + (part - 1) * (V * H + V);
      for (int64_t i = range.begin; i < std::min(range.end, V * H); i++) {
        dEmbedding[i] += from[i];
      }
      for (int64_t i = std::max(range.begin, V * H); i < range.end; i++) {
        dBias[i - V * H] += from[i];
      }
    }
  });
  *total = static_cast<float>(std::accumulate(sums.begin(), sums.end(), 0.0));
}

/** Parameters that are worth waking a thread for. */
constexpr int64_t kFewestParameters = 16384;

std::vector<int64_t> shapeOf(TF_Tensor* tensor) {
  std::vector<int64_t> shape;
  for (int axis = 0; tensor != nullptr && axis < TF_NumDims(tensor); axis++) {
    shape.push_back(TF_Dim(tensor, axis));
  }
  return shape;
}

void sumOfSquares(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const x = call.input(0);
  const float* const values = call.floats(0, shapeOf(x));
  float* const sum = call.output(0, {});
  if (!call.isSound()) {
    return;
  }
  const int64_t count = TF_TensorElementCount(x);
  const int64_t parts = std::max<int64_t>(1, std::min(threadCount(), count / kFewestParameters));
  std::vector<double> sums(parts);
  runParts(parts, [&](int64_t part) {
    sums[part] = kernels().sumOfSquares(values, {count * part / parts, count * (part + 1) / parts});
  });
  *sum = static_cast<float>(std::accumulate(sums.begin(), sums.end(), 0.0));
}

void adam(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* const parameters = call.input(0);
  const std::vector<int64_t> shape = shapeOf(parameters);
  const float* const numbers = call.floats(4, {6});
  AdamUpdate update{call.floats(0, shape), call.floats(1, shape), call.floats(2, shape), call.floats(3, shape)};
  update.nextParameters = call.output(0, shape);
  update.nextM = call.output(1, shape);
  update.nextV = call.output(2, shape);
  if (!call.isSound()) {
    return;
  }
  update.gradientScale = numbers[0];
  update.rate = numbers[1];
  update.kept = numbers[2];
  update.beta1 = numbers[3];
  update.beta2 = numbers[4];
  update.epsilon = numbers[5];
  shareRange(TF_TensorElementCount(parameters), kFewestParameters, threadCount(), [&](Range part) { kernels().adam(update, part); });
}

struct Definition {
  const char* name;
  std::vector<const char*> inputs;
  std::vector<const char*> outputs;
  std::vector<const char*> attributes;
  void (*compute)(void*, TF_OpKernelContext*);
  void* (*create)(TF_OpKernelConstruction*);
  void (*destroy)(void*);
};

void unknownShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

void registerOp(const Definition& definition) {
  TF_OpDefinitionBuilder* const op = TF_NewOpDefinitionBuilder(definition.name);
  for (const char* input : definition.inputs) {
    TF_OpDefinitionBuilderAddInput(op, input);
  }
  for (const char* output : definition.outputs) {
    TF_OpDefinitionBuilderAddOutput(op, output);
  }
  for (const char* attribute : definition.attributes) {
    TF_OpDefinitionBuilderAddAttr(op, attribute);
  }
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, unknownShape);
  TF_Status* const status = TF_NewStatus();
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_KernelBuilder* const kernel =
        TF_NewKernelBuilder(definition.name, "CPU", definition.create, definition.compute, definition.destroy);
    TF_RegisterKernelBuilder(definition.name, kernel, status);
  }
  // An op that is not there makes its first call fail, with its name.
  TF_DeleteStatus(status);
}

const bool isRegistered = [] {
  registerOp({"InklingLstm",
              {"projected: float", "ids: int32", "kernel: float", "first_h: float", "first_c: float", "keep: float"},
              {"h: float", "last_h: float", "last_c: float", "gates: float", "c: float", "h_before: float"},
              {}, lstm, nullptr, nullptr});
  registerOp({"InklingLstmGrad",
              {"dh: float", "kernel: float", "gates: float", "c: float", "first_c: float", "keep: float"},
              {"dz: float"},
              {}, lstmGradient, nullptr, nullptr});
  registerOp({"InklingRnn",
              {"projected: float", "ids: int32", "kernel: float", "first_h: float", "keep: float"},
              {"h: float", "last_h: float", "h_before: float"},
              {}, rnn, nullptr, nullptr});
  registerOp({"InklingRnnGrad",
              {"dh: float", "kernel: float", "h: float", "keep: float"},
              {"dz: float"},
              {}, rnnGradient, nullptr, nullptr});
  registerOp({"InklingGru",
              {"projected: float", "ids: int32", "kernel: float", "state_bias: float", "first_h: float", "keep: float"},
              {"h: float", "last_h: float", "gates: float", "h_before: float"},
              {}, gru, nullptr, nullptr});
  registerOp({"InklingGruGrad",
              {"dh: float", "kernel: float", "gates: float", "h_before: float", "keep: float"},
              {"dx: float", "ds: float"},
              {}, gruGradient, nullptr, nullptr});
  registerOp({"InklingMatMul",
              {"a: float", "b: float", "bias: float"},
              {"c: float"},
              {"transpose_a: bool = false", "transpose_b: bool = false"},
              product, createProduct, deleteProduct});
  registerOp({"InklingWeightGradients",
              {"x: float", "h: float", "dz: float"},
              {"d_input: float", "d_recurrent: float", "d_bias: float"},
              {}, weightGradients, nullptr, nullptr});
  registerOp({"InklingSumRows", {"x: float"}, {"sums: float"}, {}, sumRows, nullptr, nullptr});
  registerOp({"InklingSumOfSquares", {"x: float"}, {"sum: float"}, {}, sumOfSquares, nullptr, nullptr});
  registerOp({"InklingScatterRows",
              {"x: float", "ids: int32", "like: float"},
              {"out: float"},
              {}, scatterRows, nullptr, nullptr});
  registerOp({"InklingCrossEntropy",
              {"logits: float", "targets: int32"},
              {"nats: float", "log_sums: float"},
              {}, crossEntropy, nullptr, nullptr});
  registerOp({"InklingCrossEntropyGrad",
              {"logits: float", "targets: int32", "log_sums: float", "dy: float"},
              {"slope: float"},
              {}, crossEntropyGradient, nullptr, nullptr});
  registerOp({"InklingSoftmaxLoss",
              {"rows: float", "embedding: float", "bias: float", "targets: int32", "weights: float"},
              {"loss: float", "d_rows: float", "d_embedding: float", "d_bias: float"},
              {}, softmaxLoss, nullptr, nullptr});
  registerOp({"InklingAdam",
              {"parameters: float", "m: float", "v: float", "gradient: float", "numbers: float"},
              {"next_parameters: float", "next_m: float", "next_v: float"},
              {}, adam, nullptr, nullptr});
  return true;
}();

}  // namespace

}  // namespace inkling
