import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { LanePlace, PredictionStream } from "../batches/predictionStream.ts";
import { type CarriedState, disposeCarried, type TrainableModel } from "../models/neural/trainableModel.ts";
import { RankedTokens } from "../evaluation/rankedTokens.ts";
import { windowTensors } from "./windowTensors.ts";

export interface StreamScoreOptions {
  /** B: stretches that are read side by side; with 1 the state is carried from the beginning to the end. */
  readonly laneCount: number;
  readonly windowTokens: number;
  /** Whether what the softmax reads is kept: D numbers for each token. Default: not. */
  readonly isKeepingRows?: boolean;
  /** How many of the likeliest tokens are named at each place. Default: none. */
  readonly rankedCount?: number;
  readonly signal: AbortSignal;
  /** Awaited after every window. */
  readonly pause: () => Promise<void>;
  /** Is told after every window what share of the stream was read. */
  readonly onRead?: (share: number) => void;
}

/** What a model gave to every prediction of a stream, in its order. */
export interface StreamScore {
  /** float32 [count]: −ln p of what came */
  readonly nats: Float32Array;
  /** float32 [count]: −ln p of the likeliest */
  readonly bestNats: Float32Array;
  /** float32 [count, D]: what the softmax read; null unless it was asked for */
  readonly rows: Float32Array | null;
  /** The likeliest tokens of each place; null unless they were asked for */
  readonly ranked: RankedTokens | null;
  /** True where the signal stopped it; the rest is 0 then. */
  readonly isCancelled: boolean;
}

/**
 * Read before a stretch that begins within a document, and not counted: by then a recurrent state has forgotten that it began at zero. As many as the
 * figures of a training have (`engine/heldOutWindows.ts` says what was measured).
 */
const RUN_UP_TOKENS = 256;

/** Scores a whole stream with the state carried through each stretch; parameters stay as they are. */
export async function scoreStream(
  model: TrainableModel,
  stream: PredictionStream,
  options: StreamScoreOptions,
): Promise<StreamScore> {
  const { windowTokens, signal, pause, isKeepingRows = false } = options;
  const rankedCount = Math.min(options.rankedCount ?? 0, model.vocabularySize);
  const laneCount = Math.max(1, Math.min(options.laneCount, Math.floor(stream.count / (4 * RUN_UP_TOKENS))));
  const laneTokens = Math.ceil(stream.count / laneCount);
  const runUp = laneCount === 1 ? 0 : RUN_UP_TOKENS;
  const score = {
    nats: new Float32Array(stream.count),
    bestNats: new Float32Array(stream.count),
    rows: null as Float32Array | null,
    ranked: rankedCount > 0 ? new RankedTokens(stream.count, rankedCount) : null,
    isCancelled: false,
  };
  let state = model.initialState(laneCount);
  try {
    for (let read = -runUp; read < laneTokens; read += windowTokens) {
      if (signal.aborted) {
        score.isCancelled = true;
        break;
      }
      const length = Math.min(windowTokens, laneTokens - read);
      const places: readonly LanePlace[] = Array.from({ length: laneCount }, (_, lane) => ({
        first: lane * laneTokens + read,
        countsFrom: lane * laneTokens,
        isCleared: read === -runUp,
      }));
      const batch = stream.window(places, { windowTokens: length, isRing: false });
      const scored = scoreWindow(model, batch, { state, isKeepingRows, rankedCount });
      disposeCarried(state);
      state = scored.next;
      if (isKeepingRows) {
        score.rows ??= new Float32Array(stream.count * scored.rowSize);
      }
      places.forEach(({ first, countsFrom }, lane) => {
        const from = Math.max(first, countsFrom);
        for (let index = from; index < Math.min(first + length, stream.count); index++) {
          const row = (index - first) * laneCount + lane; // Time-major.
          keepRow(score, index, { scored, row });
        }
      });
      options.onRead?.((read + runUp + length) / (laneTokens + runUp));
      await pause();
    }
  } finally {
    disposeCarried(state);
  }
  return score;
}

/** Takes over what a window gave to one prediction. */
function keepRow(
  { nats, bestNats, rows, ranked }: StreamScore,
  index: number,
  { scored, row }: { readonly scored: WindowScore; readonly row: number },
): void {
  nats[index] = scored.nats[row] as number;
  bestNats[index] = scored.bestNats[row] as number;
  const { rowSize, rankedCount } = scored;
  rows?.set(scored.rows.subarray(row * rowSize, (row + 1) * rowSize), index * rowSize);
  const [begin, end] = [row * rankedCount, (row + 1) * rankedCount];
  ranked?.set(index, {
    tokens: scored.topTokens.subarray(begin, end),
    probabilities: scored.topProbabilities.subarray(begin, end),
  });
}

interface WindowScore {
  readonly next: CarriedState;
  readonly nats: Float32Array;
  readonly bestNats: Float32Array;
  /** Time-major [T·B, D]; empty where they are not kept */
  readonly rows: Float32Array;
  /** D */
  readonly rowSize: number;
  /** K */
  readonly rankedCount: number;
  /** Time-major [T·B, K], the likeliest first; empty where none are wanted */
  readonly topTokens: Int32Array;
  readonly topProbabilities: Float32Array;
}

interface WindowScoreOptions {
  /** Borrowed */
  readonly state: CarriedState;
  readonly isKeepingRows: boolean;
  /** K */
  readonly rankedCount: number;
}

function scoreWindow(
  model: TrainableModel,
  batch: LaneBatch,
  { state, isKeepingRows, rankedCount }: WindowScoreOptions,
): WindowScore {
  let next: CarriedState | undefined;
  let rows = new Float32Array(0);
  let rowSize = 0;
  let nats = new Float32Array(0);
  let bestNats = new Float32Array(0);
  let topTokens = new Int32Array(0);
  let topProbabilities = new Float32Array(0);
  tf.tidy(() => {
    const window = windowTensors(batch);
    const { logits, rows: read, state: behind } = model.windowScores(window, state);
    next = behind;
    rowSize = read.shape[1];
    rows = isKeepingRows ? read.dataSync<"float32">().slice() : rows;
    const best = tf.argMax<tf.Tensor1D>(logits, 1);
    nats = model.kernels.crossEntropy({ logits, targets: window.targets }).dataSync<"float32">().slice();
    bestNats = model.kernels
      .crossEntropy({ logits, targets: tf.cast(best, "int32") })
      .dataSync<"float32">()
      .slice();
    if (rankedCount > 0) {
      const { values, indices } = tf.topk(logits, rankedCount);
      const logSums = tf.expandDims(tf.logSumExp(logits, 1), 1);
      topTokens = indices.dataSync<"int32">().slice();
      topProbabilities = tf.exp(tf.sub(values, logSums)).dataSync<"float32">().slice();
    }
  });
  return {
    next: next as unknown as CarriedState,
    nats,
    bestNats,
    rows,
    rowSize,
    rankedCount,
    topTokens,
    topProbabilities,
  };
}
