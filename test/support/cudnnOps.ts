import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import type { OpCall, TensorflowOps } from "../../src/models/neural/tensorflowOps.ts";

/** The nearest number of ten bits of fraction and five of exponent. */
export function roundToHalf(x: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -14);
  const unit = 2 ** (exponent - 10);
  const below = Math.floor(x / unit);
  const rest = x / unit - below;
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 !== 0); // To even, as IEEE 754 has it.
  const rounded = x === 0 || !Number.isFinite(x) ? x : (below + (isUp ? 1 : 0)) * unit;
  return Math.abs(rounded) >= 65_520 ? Math.sign(x) * Number.POSITIVE_INFINITY : rounded;
}

const GATES = ["i", "f", "g", "o"] as const;
type Gate = (typeof GATES)[number];

interface Sizes {
  readonly T: number;
  readonly B: number;
  readonly I: number;
  readonly H: number;
}

/**
 * cuDNN's LSTM of one layer in plain numbers, in place of a GPU: reads the parameters in cuDNN's order (the blocks of W, [H, I] each, those of R, then two biases for each
 * gate) and refuses whatever the ops' definitions do not have. In float16 all that goes in has to have been cast, and all that comes out is rounded to it.
 */
export class CudnnOps implements TensorflowOps {
  /** Steps of every forward call. */
  public readonly steps: number[] = [];
  /** Types of every call. */
  public readonly types: string[] = [];
  readonly #halves = new WeakSet<object>();
  readonly #open = new Set<string>();
  #count = 0;

  public run(op: string, { attributes, inputs }: OpCall): tf.Tensor {
    assert.equal(op, "Cast");
    const [x] = inputs as [tf.Tensor];
    const isIntoHalf = isDeepStrictEqual(attributes?.["DstT"], { type: "float16" });
    assert.deepEqual(attributes, {
      SrcT: { type: isIntoHalf ? "float32" : "float16" },
      DstT: { type: isIntoHalf ? "float16" : "float32" },
      Truncate: { bool: false },
    });
    assert.equal(this.#halves.has(x.dataId), !isIntoHalf, "a cast is from the type that it says");
    return isIntoHalf ? this.#half(x) : tf.tensor(x.dataSync<"float32">().slice(), x.shape);
  }

  public runMany(op: string, call: OpCall & { readonly outputCount: number }): readonly tf.Tensor[] {
    const { is_training: isTraining, T: type, ...shared } = call.attributes ?? {};
    const isHalf = isDeepStrictEqual(type, { type: "float16" });
    assert.ok(isHalf || isDeepStrictEqual(type, { type: "float32" }));
    this.types.push(isHalf ? "float16" : "float32");
    call.inputs
      .filter(({ dtype }) => dtype === "float32")
      .forEach((input, index) => {
        assert.equal(this.#halves.has(input.dataId), isHalf, `type of input ${index} of ${op}`);
      });
    assert.deepEqual(shared, {
      rnn_mode: { string: "lstm" },
      input_mode: { string: "linear_input" },
      direction: { string: "unidirectional" },
      dropout: { float: 0 },
      seed: { int: 0 },
      seed2: { int: 0 },
      num_proj: { int: 0 },
      time_major: { bool: true },
    });
    if (op === "CudnnRNNV3") {
      assert.deepEqual([isTraining, call.inputs.length, call.outputCount], [{ bool: true }, 5, 5]);
      const outputs = this.#forward(call.inputs);
      return isHalf ? this.#rounded(outputs) : outputs;
    }
    assert.deepEqual([op, isTraining, call.inputs.length, call.outputCount], ["CudnnRNNBackpropV3", undefined, 13, 4]);
    const outputs = this.#backward(call.inputs);
    return isHalf ? this.#rounded(outputs) : outputs;
  }

  #rounded(outputs: readonly tf.Tensor[]): readonly tf.Tensor[] {
    return outputs.map((output) => (output.dtype === "float32" ? this.#half(output) : output));
  }

  #half(x: tf.Tensor): tf.Tensor {
    const rounded = tf.tensor(Float32Array.from(x.dataSync<"float32">(), roundToHalf), x.shape);
    this.#halves.add(rounded.dataId);
    return rounded;
  }

  /** Forward calls whose backward pass has not come. */
  public get openCount(): number {
    return this.#open.size;
  }

  #forward(inputs: readonly tf.Tensor[]): readonly tf.Tensor[] {
    const { sizes, numbers } = readInputs(inputs);
    const { T, B, H } = sizes;
    const steps = unroll(sizes, numbers);
    this.steps.push(T);
    this.#count += 1;
    this.#open.add(String(this.#count));
    const output = steps.flatMap(({ h }) => h);
    const last = steps[T - 1];
    return [
      tf.tensor3d(output, [T, B, H]),
      tf.tensor3d([...(last?.h ?? [])], [1, B, H]),
      tf.tensor3d([...(last?.c ?? [])], [1, B, H]),
      tf.tensor1d([this.#count]),
      tf.tensor1d([this.#count], "int32"),
    ];
  }

  #backward(inputs: readonly tf.Tensor[]): readonly tf.Tensor[] {
    const { sizes, numbers } = readInputs(inputs);
    const { T, B, I, H } = sizes;
    const read = (index: number, shape: readonly number[]): readonly number[] => {
      const tensor = inputs[index] as tf.Tensor;
      assert.deepEqual(tensor.shape, shape, `input ${index}`);
      return [...tensor.dataSync<"float32">()];
    };
    const ids = [read(11, [1])[0], read(12, [1])[0]];
    assert.equal(ids[0], ids[1], "both reserves are of one forward call");
    assert.ok(this.#open.delete(String(ids[0])), "a backward call is of a forward one, once");
    const steps = unroll(sizes, numbers);
    const close = (actual: readonly number[], expected: readonly number[]): void => {
      actual.forEach((value, index) => {
        const computed = expected[index] ?? NaN;
        assert.ok(Math.abs(value - computed) < 1e-5 || value === roundToHalf(Math.fround(computed)));
      });
    };
    close(
      read(5, [T, B, H]),
      steps.flatMap(({ h }) => h),
    );
    close(read(6, [1, B, H]), steps[T - 1]?.h ?? []);
    close(read(7, [1, B, H]), steps[T - 1]?.c ?? []);
    const dOutput = read(8, [T, B, H]);
    let dh = [...read(9, [1, B, H])];
    let dc = [...read(10, [1, B, H])];
    const dx = new Array<number>(T * B * I).fill(0);
    const dParams = new Array<number>(numbers.params.length).fill(0);
    for (let t = T - 1; t >= 0; t--) {
      const step = steps[t] as Step;
      const dhBefore = new Array<number>(B * H).fill(0);
      const dcBefore = new Array<number>(B * H).fill(0);
      for (let b = 0; b < B; b++) {
        for (let j = 0; j < H; j++) {
          const at = b * H + j;
          const slope = (dh[at] as number) + (dOutput[t * B * H + at] as number);
          const { i, f, g, o } = step.gates[at] as Record<Gate, number>;
          const tanhC = Math.tanh(step.c[at] as number);
          const dC = (dc[at] as number) + slope * o * (1 - tanhC ** 2);
          const dz: Record<Gate, number> = {
            i: dC * g * i * (1 - i),
            f: dC * (step.cBefore[at] as number) * f * (1 - f),
            g: dC * i * (1 - g ** 2),
            o: slope * tanhC * o * (1 - o),
          };
          dcBefore[at] = dC * f;
          GATES.forEach((gate, block) => {
            const row = block * H + j;
            for (let k = 0; k < I; k++) {
              const place = row * I + k;
              dx[(t * B + b) * I + k] =
                (dx[(t * B + b) * I + k] as number) + dz[gate] * (numbers.params[place] as number);
              dParams[place] = (dParams[place] as number) + dz[gate] * (numbers.x[(t * B + b) * I + k] as number);
            }
            for (let k = 0; k < H; k++) {
              const place = 4 * H * I + row * H + k;
              dhBefore[b * H + k] = (dhBefore[b * H + k] as number) + dz[gate] * (numbers.params[place] as number);
              dParams[place] = (dParams[place] as number) + dz[gate] * (step.hBefore[b * H + k] as number);
            }
            for (const bias of [4 * H * (I + H) + row, 4 * H * (I + H + 1) + row]) {
              dParams[bias] = (dParams[bias] as number) + dz[gate];
            }
          });
        }
      }
      [dh, dc] = [dhBefore, dcBefore];
    }
    return [tf.tensor3d(dx, [T, B, I]), tf.tensor3d(dh, [1, B, H]), tf.tensor3d(dc, [1, B, H]), tf.tensor1d(dParams)];
  }
}

interface Numbers {
  readonly x: readonly number[];
  readonly h: readonly number[];
  readonly c: readonly number[];
  readonly params: readonly number[];
}

/** One step of all lanes, [B, H] each. */
interface Step {
  readonly h: readonly number[];
  readonly c: readonly number[];
  readonly hBefore: readonly number[];
  readonly cBefore: readonly number[];
  readonly gates: readonly Readonly<Record<Gate, number>>[];
}

function readInputs(inputs: readonly tf.Tensor[]): { readonly sizes: Sizes; readonly numbers: Numbers } {
  const [x, h, c, params, lengths] = inputs as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor1D, tf.Tensor1D];
  const [T, B, I] = x.shape;
  const H = h.shape[2];
  assert.deepEqual(
    [h.shape, c.shape, params.shape, lengths.dtype],
    [[1, B, H], [1, B, H], [4 * H * (I + H + 2)], "int32"],
  );
  assert.deepEqual([...lengths.dataSync<"int32">()], new Array(B).fill(T));
  const all = (tensor: tf.Tensor): readonly number[] => [...tensor.dataSync<"float32">()];
  return { sizes: { T, B, I, H }, numbers: { x: all(x), h: all(h), c: all(c), params: all(params) } };
}

function unroll({ T, B, I, H }: Sizes, { x, h, c, params }: Numbers): readonly Step[] {
  const steps: Step[] = [];
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  let [hBefore, cBefore] = [h, c];
  for (let t = 0; t < T; t++) {
    const gates = Array.from({ length: B * H }, (_, at) => {
      const [b, j] = [Math.floor(at / H), at % H];
      const z = GATES.map((_gate, block) => {
        const row = block * H + j;
        let sum = (params[4 * H * (I + H) + row] as number) + (params[4 * H * (I + H + 1) + row] as number);
        for (let k = 0; k < I; k++) {
          sum += (params[row * I + k] as number) * (x[(t * B + b) * I + k] as number);
        }
        for (let k = 0; k < H; k++) {
          sum += (params[4 * H * I + row * H + k] as number) * (hBefore[b * H + k] as number);
        }
        return sum;
      }) as [number, number, number, number];
      return { i: sigmoid(z[0]), f: sigmoid(z[1]), g: Math.tanh(z[2]), o: sigmoid(z[3]) };
    });
    const nextC = gates.map(({ i, f, g }, at) => f * (cBefore[at] as number) + i * g);
    const nextH = gates.map(({ o }, at) => o * Math.tanh(nextC[at] as number));
    steps.push({ h: nextH, c: nextC, hBefore, cBefore, gates });
    [hBefore, cBefore] = [nextH, nextC];
  }
  return steps;
}
