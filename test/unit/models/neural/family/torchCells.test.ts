import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { SEQUENCE_LAYERS } from "../../../../../src/models/neural/family/familyShapes.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { largestDifference, usePlainBackend } from "../../../../support/tinyNetwork.ts";

interface TorchCell {
  readonly kind: "rnn" | "lstm" | "gru";
  readonly x: readonly number[];
  readonly h: readonly number[];
  readonly c: readonly number[];
  /** As PyTorch names and lays them out: [blocks · H, I or H] and [blocks · H]. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
  readonly lastC: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

interface TorchCells {
  readonly torch: string;
  readonly sizes: { readonly I: number; readonly H: number; readonly T: number; readonly B: number };
  readonly cells: readonly TorchCell[];
}

const { torch, sizes, cells } = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/torchCells.json"), "utf8"),
) as TorchCells;
const { I, H, T, B } = sizes;

/** For each of our blocks the one of PyTorch: ours are i, g, f, o where theirs are i, f, g, o. */
const BLOCKS = { rnn: [0], lstm: [0, 2, 1, 3], gru: [0, 1, 2] } as const;

/** PyTorch's matrix [blocks · H, rows] as ours, [rows, blocks · H]. */
function kernelOf(values: readonly number[], kind: TorchCell["kind"]): number[] {
  const rows = values.length / (BLOCKS[kind].length * H);
  return Array.from({ length: rows }, (_, row) =>
    BLOCKS[kind].flatMap((block) =>
      Array.from({ length: H }, (__, unit) => values[(block * H + unit) * rows + row] ?? NaN),
    ),
  ).flat();
}

/** PyTorch's two bias vectors as our one; a GRU keeps both of its candidate. */
function biasOf(cell: TorchCell, of: "weights" | "gradients"): number[] {
  const input = cell[of]["bias_ih_l0"] ?? [];
  const recurrent = cell[of]["bias_hh_l0"] ?? [];
  // What is added up in one place has the gradient of either.
  const join = (left: number, right: number): number => (of === "weights" ? left + right : left);
  const joined = BLOCKS[cell.kind].flatMap((block) =>
    Array.from({ length: H }, (_, unit) => join(input[block * H + unit] ?? NaN, recurrent[block * H + unit] ?? NaN)),
  );
  return cell.kind === "gru" ? [...joined.slice(0, 2 * H), ...input.slice(2 * H), ...recurrent.slice(2 * H)] : joined;
}

describe(`Cells of the family beside those of PyTorch ${torch}`, () => {
  before(usePlainBackend);

  for (const cell of cells) {
    it(`agree on outputs, states and gradients (${cell.kind})`, () => {
      const { kind } = cell;
      const ours = (of: "weights" | "gradients") => ({
        inputKernel: kernelOf(cell[of]["weight_ih_l0"] ?? [], kind),
        recurrentKernel: kernelOf(cell[of]["weight_hh_l0"] ?? [], kind),
        bias: biasOf(cell, of),
      });
      const layer = SEQUENCE_LAYERS[kind];
      const shapes = layer.shapes({ inputSize: I, hiddenSize: H }, { depth: 1 });
      const values = ours("weights");
      const variables = shapes.map(({ name, shape }) =>
        tf.variable(tf.tensor(values[name as keyof typeof values], [...shape])),
      );
      const slopes = tf.tensor(
        Array.from({ length: T * B * H }, (_, index) => Math.sin(index)),
        [T, B, H],
      );
      const input = { kind: "vectors" as const, x: tf.tensor3d([...cell.x], [T, B, I]) };
      const window = {
        windowTokens: T,
        laneCount: B,
        keep: tf.ones<tf.Rank.R2>([T, B]),
        hasResets: Array<boolean>(T).fill(false),
      };
      const state = [tf.tensor2d([...cell.h], [B, H]), tf.tensor2d([...cell.c], [B, H])].slice(
        0,
        kind === "lstm" ? 2 : 1,
      );
      let output = new Float32Array();
      let last: Float32Array[] = [];
      const { grads } = tf.variableGrads(() => {
        const result = layer.run({
          input,
          state,
          window,
          inputSize: I,
          hiddenSize: H,
          weight: (name) => variables[shapes.findIndex((shape) => shape.name === name)] as tf.Variable,
          kernels: portableKernels,
          headCount: 1,
          depth: 1,
        });
        output = result.h.dataSync<"float32">().slice();
        last = result.state.map((tensor) => tensor.dataSync<"float32">().slice());
        return tf.sum(tf.mul(result.h, slopes));
      }, variables);
      assert.ok(largestDifference(output, cell.output) < 1e-5);
      assert.ok(largestDifference(last[0] ?? [], cell.output.slice(-B * H)) < 1e-5);
      if (kind === "lstm") {
        assert.ok(largestDifference(last[1] ?? [], cell.lastC) < 1e-5);
      }
      const expected = ours("gradients");
      for (const [index, { name }] of shapes.entries()) {
        const slope = grads[(variables[index] as tf.Variable).name] as tf.Tensor;
        assert.ok(largestDifference(slope.dataSync(), expected[name as keyof typeof expected]) < 1e-5, name);
      }
    });
  }
});
