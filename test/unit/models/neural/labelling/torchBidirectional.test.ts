import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { packSequences } from "../../../../../src/batches/labelBatches.ts";
import { runBidirectional } from "../../../../../src/models/neural/labelling/bidirectionalLayer.ts";
import { portableKernels } from "../../../../../src/models/neural/portableKernels.ts";
import { packTensors } from "../../../../../src/training/packTensors.ts";
import { largestDifference, usePlainBackend } from "../../../../support/tinyNetwork.ts";

interface TorchNetwork {
  readonly kind: "rnn" | "lstm" | "gru";
  readonly x: readonly number[];
  /** As PyTorch names and lays them out: [blocks · H, I, H or 2H] and [blocks · H]. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

interface TorchFixture {
  readonly torch: string;
  readonly sizes: Readonly<Record<"I" | "H" | "T" | "B" | "L", number>>;
  readonly lengths: readonly number[];
  readonly networks: readonly TorchNetwork[];
}

const { torch, sizes, lengths, networks } = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/torchBidirectional.json"), "utf8"),
) as TorchFixture;
const { I, H, T, B, L } = sizes;

/** For each of our blocks the one of PyTorch: ours are i, g, f, o where theirs are i, f, g, o. */
const BLOCKS = { rnn: [0], lstm: [0, 2, 1, 3], gru: [0, 1, 2] } as const;
const NAMES = ["inputKernel", "recurrentKernel", "bias"] as const;

/** PyTorch's numbers of a layer's direction as ours, by our names. */
function ours(
  { kind, ...network }: TorchNetwork,
  of: "weights" | "gradients",
  ending: string,
): Record<(typeof NAMES)[number], number[]> {
  const get = (name: string): readonly number[] => network[of][`${name}_${ending}`] ?? [];
  const kernel = (values: readonly number[]): number[] => {
    const rows = values.length / (BLOCKS[kind].length * H);
    return Array.from({ length: rows }, (_, row) =>
      BLOCKS[kind].flatMap((block) =>
        Array.from({ length: H }, (__, unit) => values[(block * H + unit) * rows + row] ?? NaN),
      ),
    ).flat();
  };
  const [input, recurrent] = [get("bias_ih"), get("bias_hh")];
  // What is added up in one place has the gradient of either.
  const joined = BLOCKS[kind].flatMap((block) =>
    Array.from({ length: H }, (_, unit) => {
      const [left, right] = [input[block * H + unit] ?? NaN, recurrent[block * H + unit] ?? NaN];
      return of === "weights" ? left + right : left;
    }),
  );
  return {
    inputKernel: kernel(get("weight_ih")),
    recurrentKernel: kernel(get("weight_hh")),
    bias: kind === "gru" ? [...joined.slice(0, 2 * H), ...input.slice(2 * H), ...recurrent.slice(2 * H)] : joined,
  };
}

describe(`Bidirectional networks beside those of PyTorch ${torch}`, () => {
  before(usePlainBackend);

  for (const network of networks) {
    it(`agree on outputs and gradients of two layers, on sequences of unlike length (${network.kind})`, () => {
      const endings = Array.from({ length: L }, (_, layer) => [`l${layer}`, `l${layer}_reverse`]);
      const variables = new Map<string, tf.Variable>();
      endings.flat().forEach((ending, index) => {
        const inputSize = index < 2 ? I : 2 * H;
        const values = ours(network, "weights", ending);
        const width = values.recurrentKernel.length / H;
        const shapes = { inputKernel: [inputSize, width], recurrentKernel: [H, width], bias: [values.bias.length] };
        NAMES.forEach((name) => {
          variables.set(`${ending}/${name}`, tf.variable(tf.tensor(values[name], shapes[name])));
        });
      });
      const sequences = lengths.map((length) => ({ units: new Int32Array(length), labels: new Int32Array(length) }));
      const batch = packTensors(packSequences(sequences, { fieldCount: 1, isEach: true }));
      const slopes = tf.tensor(
        Array.from({ length: T * B * 2 * H }, (_, index) => Math.sin(index)),
        [T, B, 2 * H],
      );
      const x0 = tf.tensor3d([...network.x], [T, B, I]);
      let output: ArrayLike<number> = [];
      const { grads } = tf.variableGrads(() => {
        let x = x0;
        for (const directions of endings) {
          const weights = directions.map(
            (ending) => (name: string) => variables.get(`${ending}/${name}`) as tf.Variable,
          );
          x = runBidirectional({
            cell: network.kind,
            x,
            batch,
            hiddenSize: H,
            weights,
            kernels: portableKernels,
          }).h;
        }
        // PyTorch has zeros behind a sequence's end; ours are whatever they are, and nobody reads them.
        const masked = tf.mul(x, batch.mask);
        output = masked.dataSync<"float32">().slice();
        return tf.sum(tf.mul(masked, slopes));
      }, [...variables.values()]);
      assert.ok(largestDifference(output, network.output) < 1e-5);
      for (const ending of endings.flat()) {
        const expected = ours(network, "gradients", ending);
        for (const name of NAMES) {
          const slope = grads[(variables.get(`${ending}/${name}`) as tf.Variable).name] as tf.Tensor;
          assert.ok(largestDifference(slope.dataSync(), expected[name]) < 2e-5, `${ending}/${name}`);
        }
      }
    });
  }
});
