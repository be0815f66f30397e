import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { LanePlace, PredictionStream } from "../batches/predictionStream.ts";
import { type CarriedState, disposeCarried, type TrainableModel } from "../models/neural/trainableModel.ts";
import { windowTensors } from "./windowTensors.ts";

export interface StreamScoreOptions {
  /** B: stretches that are read side by side; with 1 the state is carried from the beginning to the end. */
  readonly laneCount: number;
  readonly windowTokens: number;
  /** Whether what the softmax reads is kept: D numbers for each token. Default: not. */
  readonly isKeepingRows?: boolean;
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
  const { windowTokens, signal, pause } = options;
  const laneCount = Math.max(1, Math.min(options.laneCount, Math.floor(stream.count / (4 * RUN_UP_TOKENS))));
  const laneTokens = Math.ceil(stream.count / laneCount);
  const runUp = laneCount === 1 ? 0 : RUN_UP_TOKENS;
  const score = {
    nats: new Float32Array(stream.count),
    bestNats: new Float32Array(stream.count),
    rows: null as Float32Array | null,
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
      const scored = scoreWindow(model, batch, { state, isKeepingRows: options.isKeepingRows === true });
      disposeCarried(state);
      state = scored.next;
      if (options.isKeepingRows === true) {
        score.rows ??= new Float32Array(stream.count * scored.rowSize);
      }
      places.forEach(({ first, countsFrom }, lane) => {
        const from = Math.max(first, countsFrom);
        for (let index = from; index < Math.min(first + length, stream.count); index++) {
          const row = (index - first) * laneCount + lane; // Time-major.
          score.nats[index] = scored.nats[row] as number;
          score.bestNats[index] = scored.bestNats[row] as number;
          score.rows?.set(
            scored.rows.subarray(row * scored.rowSize, (row + 1) * scored.rowSize),
            index * scored.rowSize,
          );
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

interface WindowScore {
  readonly next: CarriedState;
  readonly nats: Float32Array;
  readonly bestNats: Float32Array;
  /** Time-major [T·B, D]; empty where they are not kept */
  readonly rows: Float32Array;
  /** D */
  readonly rowSize: number;
}

function scoreWindow(
  model: TrainableModel,
  batch: LaneBatch,
  { state, isKeepingRows }: { readonly state: CarriedState; readonly isKeepingRows: boolean },
): WindowScore {
  let next: CarriedState | undefined;
  let rows = new Float32Array(0);
  let rowSize = 0;
  let nats = new Float32Array(0);
  let bestNats = new Float32Array(0);
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
  });
  return { next: next as unknown as CarriedState, nats, bestNats, rows, rowSize };
}
