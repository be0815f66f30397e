// Prints how far our own ops are from the portable ones, as one JSON line of errors by name. A program of its own, because a process
// chooses its instructions once, from its environment.
import * as tf from "@tensorflow/tfjs-core";
import { createNativeKernels } from "../../src/models/neural/nativeKernels.ts";
import { portableKernels } from "../../src/models/neural/portableKernels.ts";
import { loadTensorflowOnce } from "./loadAddon.ts";
import { familyLoss, TINY, tinyBatch, tinyFamilyWeights } from "./tinyFamily.ts";
import { lossAndGradients, randomWindow, TINY_SPEC, tinyWeights } from "./tinyNetwork.ts";

type Tensors = ReadonlyMap<string, ArrayLike<number>>;

/** The largest ‖actual − expected‖ / ‖expected‖. */
function largestError(actual: Tensors, expected: Tensors): number {
  const errors = [...expected].map(([name, values]) => {
    const own = actual.get(name) ?? [];
    let difference = 0;
    let size = 0;
    for (let i = 0; i < values.length; i++) {
      difference += ((own[i] ?? Number.NaN) - (values[i] as number)) ** 2;
      size += (values[i] as number) ** 2;
    }
    return Math.sqrt(difference / Math.max(size, 1e-12));
  });
  return Math.max(...errors);
}

const network = (sizes: { readonly spec: object; readonly windowTokens: number; readonly laneCount: number }) => {
  const spec = { ...TINY_SPEC, ...sizes.spec };
  const weights = tinyWeights(spec);
  const window = { ...randomWindow(sizes.windowTokens, sizes.laneCount, 1), resets: [[1, 0]] as const };
  return (kernels: typeof portableKernels): Tensors => {
    const { nats, gradients } = lossAndGradients(weights, kernels, { window, spec });
    return new Map<string, ArrayLike<number>>([...gradients, ["nats", [nats]]]);
  };
};

const cell = (kind: "rnn" | "gru", hiddenSize: number) => {
  const spec = { ...TINY, kind, hiddenSize };
  const weights = tinyFamilyWeights(spec);
  const batches = [tinyBatch({ windowTokens: 9, laneCount: 13, seed: 5, resets: [[12, 4]] })];
  return (kernels: typeof portableKernels): Tensors => {
    const { losses, gradients } = familyLoss(spec, weights, { batches, kernels });
    return new Map<string, ArrayLike<number>>([...gradients, ["losses", losses]]);
  };
};

const cases = {
  "an LSTM of odd sizes": network({ spec: { hiddenSize: 37 }, windowTokens: 9, laneCount: 13 }),
  "fewer units than a register has": network({ spec: { hiddenSize: 3 }, windowTokens: 5, laneCount: 2 }),
  "more depth than a block of a product has": network({ spec: { hiddenSize: 301 }, windowTokens: 7, laneCount: 5 }),
  "more places than a block of a product has": network({ spec: { hiddenSize: 19 }, windowTokens: 41, laneCount: 13 }),
  "many pieces": network({ spec: { vocabularySize: 1501, layerCount: 1 }, windowTokens: 41, laneCount: 13 }),
  "an RNN": cell("rnn", 37),
  "a GRU": cell("gru", 35),
};

const { ops } = await loadTensorflowOnce();
const ours = createNativeKernels(ops, { leavesProductsToTensorflow: false });
const errors: Record<string, number> = {};
for (const [name, compute] of Object.entries(cases)) {
  await tf.setBackend("tensorflow");
  const actual = compute(ours);
  await tf.setBackend("cpu");
  errors[name] = largestError(actual, compute(portableKernels));
}
console.log(JSON.stringify(errors));
