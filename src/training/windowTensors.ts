import * as tf from "@tensorflow/tfjs-core";
import { type CandidateDraw, type CandidateSet, drawCandidates } from "../batches/drawCandidates.ts";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { SoftmaxCandidates } from "../models/neural/softmaxCandidates.ts";
import { createMatchWindow, createTokenWindow } from "../models/neural/tokenWindow.ts";
import type { ModelWindow } from "../models/neural/trainableModel.ts";

/** A batch as tensors, and what is counted in it. The caller disposes the tensors, by `tf.tidy` for instance. */
export interface WindowTensors extends ModelWindow {
  /** Number of targets that count. */
  readonly targetCount: number;
}

/** Turns [B, T] into time-major tensors, and reset marks into a mask. @param draw of the candidates; without it the softmax sums over all tokens */
export function windowTensors(batch: LaneBatch, draw?: CandidateDraw): WindowTensors {
  const { laneCount: B, windowTokens: T } = batch;
  const inputs = new Int32Array(T * B);
  const targets = new Int32Array(T * B);
  const weights = new Float32Array(T * B);
  const keep = new Float32Array(T * B).fill(1);
  const matches = batch.matches === undefined ? null : new Int32Array(T * B);
  const hasResets: boolean[] = [];
  let targetCount = 0;
  for (let t = 0; t < T; t++) {
    let isReset = false;
    for (let b = 0; b < B; b++) {
      const from = b * T + t;
      const to = t * B + b;
      inputs[to] = batch.inputs[from] as number;
      targets[to] = batch.targets[from] as number;
      const weight = batch.weights[from] as number;
      weights[to] = weight;
      if (matches !== null) {
        matches[to] = batch.matches?.[from] as number;
      }
      targetCount += weight;
      if (batch.resets[from] === 1) {
        keep[to] = 0;
        isReset = true;
      }
    }
    hasResets.push(isReset);
  }
  const drawn = draw === undefined ? null : drawCandidates(targets, draw);
  return {
    input: {
      tokens: createTokenWindow(inputs),
      ...(matches === null ? {} : { matches: createMatchWindow(matches) }),
      window: { windowTokens: T, laneCount: B, keep: tf.tensor2d(keep, [T, B]), hasResets },
    },
    targets: tf.tensor1d(targets, "int32"),
    weights: tf.tensor1d(weights),
    ...(drawn === null ? {} : { candidates: candidateTensors(drawn) }),
    targetCount,
  };
}

function candidateTensors({ ids, shifts, places }: CandidateSet): SoftmaxCandidates {
  return { ids: tf.tensor1d(ids, "int32"), shifts: tf.tensor1d(shifts), places: tf.tensor1d(places, "int32") };
}
