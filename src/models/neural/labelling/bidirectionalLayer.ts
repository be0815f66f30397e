import * as tf from "@tensorflow/tfjs-core";
import { SEQUENCE_LAYERS } from "../family/familyShapes.ts";
import type { NeuralKernels } from "../neuralKernels.ts";
import type { CellKind } from "../networkSpec.ts";
import type { LabelTensors } from "./labelTensors.ts";

/** A layer's work on a batch of sequences. Tensors are borrowed until the gradient was taken. */
export interface BidirectionalCall {
  readonly cell: CellKind;
  /** [T, B, I] */
  readonly x: tf.Tensor3D;
  /** What was made before the gradient's scope, as kernels borrow it until the gradient was taken. */
  readonly batch: Pick<LabelTensors, "mirrored" | "keep">;
  readonly hiddenSize: number;
  /** One for each direction, the forward one first: parameters by their own names. */
  readonly weights: readonly ((name: string) => tf.Tensor)[];
  readonly kernels: NeuralKernels;
}

export interface BidirectionalResult {
  /** [T, B, H], or [T, B, 2H] with the backward direction's outputs beside the forward one's at the same unit; differentiable */
  readonly h: tf.Tensor3D;
  /** Kept outside the current `tf.tidy`; the caller disposes them once the gradient was taken. */
  readonly kept: readonly tf.Tensor[];
}

/**
 * Schuster and Paliwal (1997), section 2: one layer reads each sequence from its beginning, another from its end, and hₜ is the outputs of both at t,
 * side by side. Sequences are mirrored within their own length and not within the batch's, so that either layer begins at a sequence's own end with a state
 * of zero and what fills the batch up comes behind everything: no output at a unit depends on it.
 */
export function runBidirectional(call: BidirectionalCall): BidirectionalResult {
  const { x, weights } = call;
  const kept: tf.Tensor[] = [];
  const outputs = weights.map((weight, direction) => {
    const isBackward = direction === 1;
    const result = runLayer(call, { x: isBackward ? mirror(call, x) : x, weight });
    kept.push(...result.kept);
    return isBackward ? mirror(call, result.h) : result.h;
  });
  return { h: outputs.length === 1 ? (outputs[0] as tf.Tensor3D) : tf.concat(outputs, 2), kept };
}

function runLayer(
  { cell, batch, kernels, hiddenSize }: BidirectionalCall,
  { x, weight }: { readonly x: tf.Tensor3D; readonly weight: (name: string) => tf.Tensor },
): BidirectionalResult {
  const [T, B, I] = x.shape;
  const layer = SEQUENCE_LAYERS[cell];
  const sizes = { inputSize: I, hiddenSize };
  const state = layer
    .stateShapes(sizes, { laneCount: B, headCount: 1 })
    .map(({ shape }) => tf.keep(tf.zeros([...shape])));
  const result = layer.run({
    ...sizes,
    input: { kind: "vectors", x },
    state,
    weight,
    window: {
      windowTokens: T,
      laneCount: B,
      keep: batch.keep,
      hasResets: new Array<boolean>(T).fill(false),
    },
    kernels,
    headCount: 1,
    depth: 1,
  });
  return { h: result.h, kept: [...state, ...result.state] };
}

/** Each sequence from its end to its beginning. */
function mirror({ kernels, batch }: BidirectionalCall, x: tf.Tensor3D): tf.Tensor3D {
  const [T, B, width] = x.shape;
  return tf.reshape(kernels.lookUp(tf.reshape(x, [T * B, width]), batch.mirrored), [T, B, width]);
}
