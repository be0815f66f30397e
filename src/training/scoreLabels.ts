import * as tf from "@tensorflow/tfjs-core";
import { type BatchLimits, type LabelledSequence, packSequences, planBatches } from "../batches/labelBatches.ts";
import type { Labeller } from "../models/neural/labelling/labeller.ts";
import { packTensors } from "./packTensors.ts";

export interface ScoreLabelsOptions {
  /** F */
  readonly fieldCount: number;
  readonly limits: BatchLimits;
  readonly signal: AbortSignal;
  readonly pause: () => Promise<void>;
}

/** Log probabilities of the labels, nats: [n·K] for each sequence where each unit has a label, else [K]; null where it was cancelled. */
export async function scoreLabels(
  model: Labeller,
  sequences: readonly LabelledSequence[],
  { fieldCount, limits, signal, pause }: ScoreLabelsOptions,
): Promise<readonly Float32Array[] | null> {
  const K = model.spec.labelCount;
  const isEach = model.spec.head === "each";
  const scores = new Array<Float32Array>(sequences.length);
  const lengths = sequences.map(({ units }) => units.length / fieldCount);
  for (const indices of planBatches(lengths, limits, null)) {
    if (signal.aborted) {
      return null;
    }
    const batch = packSequences(
      indices.map((index) => sequences[index] as LabelledSequence),
      { fieldCount, isEach },
    );
    const values = tf.tidy(() => model.logProbabilities(packTensors(batch)).dataSync<"float32">());
    indices.forEach((index, lane) => {
      const steps = isEach ? (lengths[index] as number) : 1;
      const own = new Float32Array(steps * K);
      for (let t = 0; t < steps; t++) {
        const row = (isEach ? t * batch.laneCount + lane : lane) * K;
        own.set(values.subarray(row, row + K), t * K);
      }
      scores[index] = own;
    });
    await pause();
  }
  return scores;
}

/** The likeliest label of a row of log probabilities, of equals the first one. */
export function likeliest(row: Float32Array): number {
  return row.reduce((best, value, label) => (value > (row[best] as number) ? label : best), 0);
}
