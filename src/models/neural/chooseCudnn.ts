import * as tf from "@tensorflow/tfjs-core";
import { createCudnnLstm } from "./cudnnLstm.ts";
import { type CudnnPrecision, float16Precision, float32Precision } from "./cudnnPrecision.ts";
import { failureText, findCudnnFault } from "./findCudnnFault.ts";
import { LossScale } from "./lossScale.ts";
import { freeOnFailure } from "./freeOnFailure.ts";
import type { LstmCall, LstmResult, NeuralKernels, ProjectionMath } from "./neuralKernels.ts";
import type { TensorflowOps } from "./tensorflowOps.ts";

type LstmSequence = NeuralKernels["lstmSequence"];

/** What cuDNN is wanted to compute in. */
export interface CudnnWish {
  /** `faster`: float16 where it is faster. */
  readonly precision: "float32" | "float16" | "faster";
  readonly nowMs: () => number;
}

/** How an LSTM is computed, and why so. */
export type CudnnChoice =
  | { readonly kind: "fault"; /** For people. */ readonly fault: string }
  | {
      readonly kind: "cudnn";
      readonly precision: CudnnPrecision["type"];
      readonly lstmSequence: LstmSequence;
      /** null for float32. */
      readonly lossScale: LossScale | null;
      /** Why it is this one, for people. */
      readonly reason: string;
    };

interface ChoiceContext {
  readonly wish: CudnnWish;
  readonly math: ProjectionMath;
  /** What it has to agree with. */
  readonly unrolled: LstmSequence;
  /** What is timed in both. */
  readonly timed?: TimedWindow;
}

interface TimedWindow {
  /** T */
  readonly windowTokens: number;
  /** B */
  readonly laneCount: number;
  /** I and H */
  readonly hiddenSize: number;
}

/** Large enough for the products to be what takes the time. */
const TIMED: TimedWindow = { windowTokens: 64, laneCount: 64, hiddenSize: 512 };
/** The first runs load kernels and choose algorithms. */
const WARM_UP_RUNS = 2;
const TIMED_RUNS = 5;
/** The gradients of the window that is checked are large. */
const CHECK_SCALE = 16;
/** float16 has to be worth its rounding. */
const LEAST_GAIN = 1.05;

/** An LSTM by cuDNN in the numbers that were wished for, where it computes what it should. */
export function chooseCudnn(ops: TensorflowOps, { wish, math, unrolled, timed = TIMED }: ChoiceContext): CudnnChoice {
  const exact = createCudnnLstm({ ops, precision: float32Precision }, math);
  const fault = findCudnnFault(exact, unrolled);
  if (fault !== null) {
    return { kind: "fault", fault };
  }
  const inFloat32 = (reason: string): CudnnChoice => ({
    ...{ kind: "cudnn", precision: "float32", lstmSequence: exact, lossScale: null },
    reason,
  });
  if (wish.precision === "float32") {
    return inFloat32("it was chosen");
  }
  const inHalf = (scale: Pick<LossScale, "value">): LstmSequence =>
    createCudnnLstm({ ops, precision: float16Precision(ops, scale) }, math);
  const halfFault = findCudnnFault(inHalf({ value: CHECK_SCALE }), unrolled);
  if (halfFault !== null) {
    return inFloat32(`in float16, ${halfFault}`);
  }
  const lossScale = new LossScale();
  const half = inHalf(lossScale);
  const inFloat16 = (reason: string): CudnnChoice => ({
    ...{ kind: "cudnn", precision: "float16", lstmSequence: half, lossScale },
    reason,
  });
  if (wish.precision === "float16") {
    return inFloat16("it was chosen");
  }
  const gain = tryTimeRatio([exact, half], timed, wish.nowMs);
  if (typeof gain === "string") {
    return inFloat32(`float16 could not be timed: ${gain}`);
  }
  const found = `float16 takes ${(100 / gain).toFixed(0)} % of the time of float32`;
  return gain >= LEAST_GAIN ? inFloat16(found) : inFloat32(found);
}

/** The same, or why it cannot be told, for people: the memory that is left may not be enough for the window. */
function tryTimeRatio(...call: Parameters<typeof timeRatio>): number | string {
  try {
    return timeRatio(...call);
  } catch (error) {
    return failureText(error);
  }
}

/** How many times as fast as the first the second is, forward and backward, in turn; of each its fastest run. */
function timeRatio(both: readonly [LstmSequence, LstmSequence], timed: TimedWindow, nowMs: CudnnWish["nowMs"]): number {
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
  for (let run = 0; run < WARM_UP_RUNS + TIMED_RUNS; run++) {
    both.forEach((lstmSequence, index) => {
      const beganMs = nowMs();
      runOnce(lstmSequence, timed);
      const tookMs = nowMs() - beganMs;
      if (run >= WARM_UP_RUNS) {
        best[index] = Math.min(best[index] as number, tookMs);
      }
    });
  }
  return best[0] / best[1];
}

/** One window both ways, until its gradient can be read. */
function runOnce(lstmSequence: LstmSequence, { windowTokens: T, laneCount: B, hiddenSize: H }: TimedWindow): void {
  let last: LstmResult["state"] | undefined;
  const run = (): void => {
    const state: LstmCall["state"] = { h: tf.zeros([B, H]), c: tf.zeros([B, H]) };
    const window = {
      windowTokens: T,
      laneCount: B,
      keep: tf.ones<tf.Rank.R2>([T, B]),
      hasResets: new Array<boolean>(T).fill(false),
    };
    const gradient = tf.grad((kernel) => {
      const weights = {
        inputKernel: kernel as tf.Tensor2D,
        recurrentKernel: kernel as tf.Tensor2D,
        bias: tf.zeros<tf.Rank.R1>([4 * H]),
      };
      const result = lstmSequence({ input: { kind: "vectors", x: tf.ones([T, B, H]) }, state, weights, window });
      last = result.state;
      return tf.mean(result.h);
    })(tf.fill([H, 4 * H], 1 / H));
    tf.slice(gradient, [0, 0], [1, 1]).dataSync();
  };
  try {
    freeOnFailure(() => tf.tidy(run));
  } finally {
    tf.dispose(last === undefined ? [] : [last.h, last.c]);
  }
}
