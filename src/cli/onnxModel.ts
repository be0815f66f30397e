import type { NetworkSpec, WeightMap } from "../models/neural/networkSpec.ts";
import { encodeUtf8 } from "../base/utf8.ts";

/** As ONNX numbers them. */
const FLOAT = 1;
const INT64 = 7;
/** Of the operators, and of the format; LSTM, Gather and LogSoftmax have been what they are here since then. */
const OPERATOR_SET = 14;
const FORMAT_VERSION = 8;

/** ONNX has the gates in the order i, o, f, c; ours are i, g, f, o. */
const GATE_ORDER = [0, 3, 2, 1] as const;

/**
 * An LSTM's step and the distribution behind it as an ONNX model. Inputs: `tokens` int64 [1, B], and for each layer `h0` and `c0`, float32 [1, B, H].
 * Outputs: `logProbabilities` [1, B, V], and for each layer `h0Next` and `c0Next`.
 */
export function onnxModel(spec: NetworkSpec, weights: WeightMap): Uint8Array {
  const { layerCount: L, hiddenSize: H, vocabularySize: V } = spec;
  const values = (name: string): Float32Array => weights.get(name) as Float32Array;
  const initializers: Uint8Array[] = [
    tensor("embedding", [V, H], values("embedding")),
    tensor("softmax", [H, V], transposed(values("embedding"), V, H)),
    tensor("softmaxBias", [V], values("softmax/bias")),
  ];
  const nodes = [node({ operator: "Gather", inputs: ["embedding", "tokens"], outputs: ["x0"] })];
  const states: string[] = [];
  for (let layer = 0; layer < L; layer++) {
    initializers.push(
      tensor(`w${layer}`, [1, 4 * H, H], reordered(transposed(values(`lstm/${layer}/inputKernel`), H, 4 * H), H * H)),
      tensor(
        `r${layer}`,
        [1, 4 * H, H],
        reordered(transposed(values(`lstm/${layer}/recurrentKernel`), H, 4 * H), H * H),
      ),
      tensor(`b${layer}`, [1, 8 * H], withZeros(reordered(values(`lstm/${layer}/bias`), H), 8 * H)),
    );
    const state = [`h${layer}`, `c${layer}`];
    states.push(...state);
    nodes.push(
      node({
        operator: "LSTM",
        inputs: [`x${layer}`, `w${layer}`, `r${layer}`, `b${layer}`, "", ...state],
        outputs: ["", ...state.map((name) => `${name}Next`)],
        attributes: [attribute("hidden_size", H)],
      }),
      node({ operator: "Identity", inputs: [`h${layer}Next`], outputs: [`x${layer + 1}`] }),
    );
  }
  nodes.push(
    node({ operator: "MatMul", inputs: [`x${L}`, "softmax"], outputs: ["products"] }),
    node({ operator: "Add", inputs: ["products", "softmaxBias"], outputs: ["logits"] }),
    node({
      operator: "LogSoftmax",
      inputs: ["logits"],
      outputs: ["logProbabilities"],
      attributes: [attribute("axis", -1)],
    }),
  );
  const graph = [
    ...nodes.map((one) => field(1, one)),
    field(2, encodeUtf8("step")),
    ...initializers.map((one) => field(5, one)),
    field(11, valueInfo("tokens", INT64, [1, "B"])),
    ...states.map((name) => field(11, valueInfo(name, FLOAT, [1, "B", H]))),
    field(12, valueInfo("logProbabilities", FLOAT, [1, "B", V])),
    ...states.map((name) => field(12, valueInfo(`${name}Next`, FLOAT, [1, "B", H]))),
  ];
  return joined([
    number(1, FORMAT_VERSION),
    field(7, joined(graph)),
    field(8, joined([field(1, new Uint8Array()), number(2, OPERATOR_SET)])),
  ]);
}

/** [columns, rows] of [rows, columns]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    { length: values.length },
    (_, at) => values[(at % rows) * columns + Math.floor(at / rows)] as number,
  );
}

/** Blocks of `size` in the order of ONNX. */
function reordered(values: Float32Array, size: number): Float32Array {
  const result = new Float32Array(values.length);
  for (const [to, from] of GATE_ORDER.entries()) {
    result.set(values.subarray(from * size, (from + 1) * size), to * size);
  }
  return result;
}

function withZeros(values: Float32Array, length: number): Float32Array {
  const result = new Float32Array(length);
  result.set(values);
  return result;
}

interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly Uint8Array[];
}

/** A NodeProto. */
function node({ operator, inputs, outputs, attributes = [] }: Node): Uint8Array {
  return joined([
    ...inputs.map((name) => field(1, encodeUtf8(name))),
    ...outputs.map((name) => field(2, encodeUtf8(name))),
    field(4, encodeUtf8(operator)),
    ...attributes.map((one) => field(5, one)),
  ]);
}

/** An AttributeProto that holds an integer. */
function attribute(name: string, value: number): Uint8Array {
  return joined([field(1, encodeUtf8(name)), number(3, value), number(20, 2)]);
}

/** A TensorProto. */
function tensor(name: string, shape: readonly number[], values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return joined([
    ...shape.map((size) => number(1, size)),
    number(2, FLOAT),
    field(8, encodeUtf8(name)),
    field(9, bytes),
  ]);
}

/** A ValueInfoProto of a tensor; a size that has a name is free. */
function valueInfo(name: string, type: number, shape: readonly (number | string)[]): Uint8Array {
  const sizes = shape.map((size) => field(1, typeof size === "number" ? number(1, size) : field(2, encodeUtf8(size))));
  return joined([field(1, encodeUtf8(name)), field(2, field(1, joined([number(1, type), field(2, joined(sizes))])))]);
}

/** Protocol Buffers: a field of bytes. */
function field(id: number, bytes: Uint8Array): Uint8Array {
  return joined([varint(BigInt((id << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

/** Protocol Buffers: a field with an integer. */
function number(id: number, value: number): Uint8Array {
  return joined([varint(BigInt(id << 3)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
  return Uint8Array.of(...bytes, Number(rest));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
