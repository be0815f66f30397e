import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { RankTally } from "../evaluation/tally.ts";
import { type CarriedState, disposeCarried, type TrainableModel } from "../models/neural/trainableModel.ts";
import { windowTensors } from "./windowTensors.ts";

export interface ScoreOptions {
  readonly signal: AbortSignal;
  /** Also rank every target among all tokens; costs a pass over the logits. */
  readonly isRanked: boolean;
  /** Temperatures that logits are divided by, one after the other; default: 1 alone. */
  readonly temperatures?: readonly number[];
  /** Lets other work of this thread run; awaited after every window. */
  readonly pause: () => Promise<void>;
}

export interface Score extends RankTally {
  /** At the first of the temperatures. */
  readonly nats: number;
  /** At each of them. */
  readonly temperedNats: readonly number[];
  readonly targetCount: number;
  /** True where the signal stopped it: the sums cover only what was scored until then. */
  readonly isCancelled: boolean;
}

/**
 * Scores windows in order with the state carried from one to the next, from zero; parameters stay as they are.
 * @param batches all of one lane count; each target with weight 1 is counted once
 */
export async function scoreWindows(
  model: TrainableModel,
  batches: Iterable<LaneBatch>,
  options: ScoreOptions,
): Promise<Score> {
  const { isRanked, temperatures = [1] } = options;
  const temperedNats = temperatures.map(() => 0);
  const score = { temperedNats, targetCount: 0, firstCount: 0, reciprocalRankSum: 0, isCancelled: false };
  let state: CarriedState | undefined;
  try {
    for (const batch of batches) {
      if (options.signal.aborted) {
        score.isCancelled = true;
        break;
      }
      const before = state ?? model.initialState(batch.laneCount);
      state = before;
      const scored = scoreOne(model, { batch, state: before, isRanked, temperatures });
      const { next, tempered, ranks, weights } = scored;
      disposeCarried(before);
      state = next;
      for (const [index, weight] of weights.entries()) {
        if (weight !== 0) {
          const rank = ranks?.[index] ?? Number.POSITIVE_INFINITY;
          tempered.forEach((values, place) => {
            temperedNats[place] = (temperedNats[place] as number) + (values[index] as number);
          });
          score.targetCount++;
          score.firstCount += rank === 1 ? 1 : 0;
          score.reciprocalRankSum += 1 / rank;
        }
      }
      await options.pause();
    }
  } finally {
    if (state !== undefined) {
      disposeCarried(state);
    }
  }
  return { ...score, nats: temperedNats[0] as number };
}

interface WindowScore {
  readonly next: CarriedState;
  /** Time-major [T·B], like the others */
  /** nats at each temperature. */
  readonly tempered: readonly Float32Array[];
  readonly ranks: Float32Array | null;
  readonly weights: Float32Array;
}

interface WindowCall {
  readonly batch: LaneBatch;
  /** Borrowed */
  readonly state: CarriedState;
  readonly isRanked: boolean;
  readonly temperatures: readonly number[];
}

function scoreOne(model: TrainableModel, { batch, state, isRanked, temperatures }: WindowCall): WindowScore {
  let next: CarriedState | undefined;
  let ranks: Float32Array | null = null;
  let tempered: readonly Float32Array[] = [];
  let weights = new Float32Array(0);
  tf.tidy(() => {
    const tensors = windowTensors(batch);
    const { logits, state: behind } = model.windowScores(tensors, state);
    next = behind;
    const natsOf = (scores: tf.Tensor2D): Float32Array<ArrayBuffer> =>
      model.kernels.crossEntropy({ logits: scores, targets: tensors.targets }).dataSync<"float32">().slice();
    tempered = temperatures.map((temperature) => natsOf(temperature === 1 ? logits : tf.div(logits, temperature)));
    ranks = isRanked ? rankTargets(logits, tensors.targets).dataSync<"float32">().slice() : null;
    weights = tensors.weights.dataSync<"float32">().slice();
  });
  return { next: next as unknown as CarriedState, tempered, ranks, weights };
}

/** 1 + how many logits are above the target's, float32 [N]. */
function rankTargets(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  const rows = tf.range(0, logits.shape[0], 1, "int32");
  const own = tf.gatherND(logits, tf.stack([rows, targets], 1)); // [N]
  const above = tf.cast(tf.greater(logits, tf.expandDims(own, 1)), "float32"); // [N, V]
  return tf.add(tf.sum(above, 1), 1);
}
