import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { PredictionStream } from "../batches/predictionStream.ts";
import { RingLanes } from "../batches/ringLanes.ts";
import type { NeuralKernels } from "../models/neural/neuralKernels.ts";
import { type CarriedState, disposeCarried, type TrainableModel } from "../models/neural/trainableModel.ts";
import { clipByGlobalNorm } from "./gradientClipping.ts";
import { takeGradient, type TakenGradient } from "./takeGradient.ts";
import { windowTensors } from "./windowTensors.ts";

/** How far the weights move. */
export interface DynamicRates {
  /** η */
  readonly learningRate: number;
  /** λ: share of the way back to the trained weights, for a weight whose gradients are of middling size. */
  readonly decay: number;
}

interface Waiting {
  readonly signal: AbortSignal;
  /** Awaited after every segment. */
  readonly pause: () => Promise<void>;
}

export interface DynamicEvaluatorOptions extends Waiting {
  /** n: tokens that are predicted before the weights move on. */
  readonly segmentTokens: number;
  /** Decides where the lanes are cut over which the statistics are taken. */
  readonly seed: number;
}

/** What a model that goes on learning gave to the predictions of a stream, in its order. */
export interface DynamicScore {
  /** float32 [count]: −ln p of what came */
  readonly nats: Float32Array;
  /** float32 [count]: −ln p of the likeliest */
  readonly bestNats: Float32Array;
  /** True where the signal stopped it; the rest is 0 then. */
  readonly isCancelled: boolean;
}

/** Lanes over which a gradient of the statistics is the mean; the authors' code has as many, and their rates are for that. */
const STATISTICS_LANES = 100;
/** Gradients that are taken at most, spread evenly over the training text: at five tokens 250,000 tokens, a quarter of the Penn Treebank. */
const MOST_GRADIENTS = 500;
/** ε, of their code. */
const EPSILON = 2e-5;

interface Followed {
  readonly parameter: tf.Variable;
  /** θ_g: the weight as it was trained */
  readonly trained: tf.Tensor;
  /** √MS_g */
  readonly size: tf.Tensor;
}

interface Segment {
  readonly nats: Float32Array;
  readonly bestNats: Float32Array;
  readonly next: CarriedState;
  /** By parameter name */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

/**
 * Dynamic evaluation (Krause, Kahembwe, Murray and Renals 2018, sections 4 and 5): a text is read in segments of n tokens, each is scored first, and then the
 * weights take a step on its loss and a step back to where training left them. Owns the statistics of the gradients; the model's weights are as they were
 * whenever no text is being scored.
 */
export class DynamicEvaluator {
  readonly #model: TrainableModel;
  readonly #segmentTokens: number;
  readonly #followed: ReadonlyMap<string, Followed>;
  /** Mean of √MS_g: of the parameters' means, as in the authors' code. */
  readonly #meanSize: number;

  private constructor(
    model: TrainableModel,
    { segmentTokens, sizes }: { readonly segmentTokens: number; readonly sizes: ReadonlyMap<string, tf.Tensor> },
  ) {
    this.#model = model;
    this.#segmentTokens = segmentTokens;
    this.#followed = new Map(
      [...model.parameters].map(([name, parameter]) => [
        name,
        { parameter, trained: parameter.clone(), size: sizes.get(name) as tf.Tensor },
      ]),
    );
    this.#meanSize = tf.tidy(() => {
      const means = [...sizes.values()].map((size) => tf.mean(size).dataSync()[0] as number);
      return means.reduce((sum, mean) => sum + mean, 0) / means.length;
    });
  }

  /**
   * Takes the statistics, MS_g = mean of ∇L² over segments of the training text (equation 7), at the weights as they are.
   * @param model borrowed
   */
  public static async open(
    model: TrainableModel,
    training: PredictionStream,
    { segmentTokens, seed, signal, pause }: DynamicEvaluatorOptions,
  ): Promise<DynamicEvaluator> {
    const laneCount = Math.max(1, Math.min(STATISTICS_LANES, Math.floor(training.count / segmentTokens)));
    const lanes = new RingLanes(training, { laneCount, seed });
    const sums = new Map([...model.parameters].map(([name, parameter]) => [name, tf.zerosLike<tf.Tensor>(parameter)]));
    let state = model.initialState(laneCount);
    let count = 0;
    while (count < MOST_GRADIENTS && lanes.passes < 1 && !signal.aborted) {
      const segment = readSegment(model, lanes.next(segmentTokens), state);
      disposeCarried(state);
      state = segment.next;
      for (const [name, gradient] of segment.gradients) {
        const before = sums.get(name) as tf.Tensor;
        sums.set(
          name,
          tf.tidy(() => tf.add(before, tf.square(gradient))),
        );
        tf.dispose([before, gradient]);
      }
      count++;
      await pause();
    }
    disposeCarried(state);
    const sizes = new Map(
      [...sums].map(([name, sum]) => [name, tf.tidy(() => tf.sqrt(tf.div(sum, Math.max(count, 1))))] as const),
    );
    tf.dispose([...sums.values()]);
    return new DynamicEvaluator(model, { segmentTokens, sizes });
  }

  /**
   * Reads a text from its beginning to its end in one lane, the state carried; no weight has seen a token when it is predicted.
   * @param tokens how many of its predictions, from the first one; default: all
   */
  public async score(
    stream: PredictionStream,
    {
      learningRate,
      decay,
      signal,
      pause,
      tokens = stream.count,
    }: DynamicRates & Waiting & { readonly tokens?: number },
  ): Promise<DynamicScore> {
    const count = Math.min(tokens, stream.count);
    const score = { nats: new Float32Array(count), bestNats: new Float32Array(count), isCancelled: false };
    const moves = this.#moves({ learningRate, decay });
    let state = this.#model.initialState(1);
    try {
      for (let first = 0; first < count; first += this.#segmentTokens) {
        if (signal.aborted) {
          score.isCancelled = true;
          break;
        }
        const windowTokens = Math.min(this.#segmentTokens, count - first);
        const place = { first, countsFrom: 0, isCleared: first === 0 };
        const segment = readSegment(this.#model, stream.window([place], { windowTokens, isRing: false }), state);
        disposeCarried(state);
        state = segment.next;
        score.nats.set(segment.nats, first);
        score.bestNats.set(segment.bestNats, first);
        this.#move(segment.gradients, moves);
        tf.dispose([...segment.gradients.values()]);
        await pause();
      }
    } finally {
      disposeCarried(state);
      tf.dispose([...moves.values()].flatMap(({ rate, kept, offset }) => [rate, kept, offset]));
      for (const { parameter, trained } of this.#followed.values()) {
        parameter.assign(trained);
      }
    }
    return score;
  }

  public dispose(): void {
    tf.dispose([...this.#followed.values()].flatMap(({ trained, size }) => [trained, size]));
  }

  /**
   * Equations 8 to 10, θ ← θ − η·∇L / (√MS_g + ε) + λ·RMS_norm ⊙ (θ_g − θ) with RMS_norm = √MS_g / mean √MS_g, as an offset from θ_g: δ ← (1 − λ·RMS_norm) ⊙ δ − η·∇L / (√MS_g + ε).
   * λ·RMS_norm is at most 1, so that no weight goes back further than to where it was.
   */
  #moves({ learningRate, decay }: DynamicRates): ReadonlyMap<string, Move> {
    return new Map(
      [...this.#followed].map(([name, { size }]) => {
        const kept = tf.tidy(() => tf.sub(1, tf.minimum(tf.mul(size, decay / Math.max(this.#meanSize, 1e-30)), 1)));
        const rate = tf.tidy(() => tf.div(learningRate, tf.add(size, EPSILON)));
        return [name, { rate, kept, offset: tf.zerosLike(size) }];
      }),
    );
  }

  #move(gradients: ReadonlyMap<string, tf.Tensor>, moves: ReadonlyMap<string, Move>): void {
    for (const [name, { parameter, trained }] of this.#followed) {
      const move = moves.get(name) as Move;
      const before = move.offset;
      move.offset = tf.tidy(() =>
        tf.sub(tf.mul(move.kept, before), tf.mul(move.rate, gradients.get(name) as tf.Tensor)),
      );
      before.dispose();
      tf.tidy(() => {
        parameter.assign(tf.add(trained, move.offset));
      });
    }
  }
}

interface Move {
  readonly rate: tf.Tensor;
  /** Of the offset, from segment to segment. */
  readonly kept: tf.Tensor;
  /** From the trained weight. */
  offset: tf.Tensor;
}

/** Scores a segment and takes its gradient, again where that may only have overflowed. @param state borrowed; the caller owns what comes back */
function readSegment(model: TrainableModel, batch: LaneBatch, state: CarriedState): Segment {
  const { kernels } = model;
  const take = (): Segment & TakenGradient => {
    const segment = readSegmentOnce(model, batch, state);
    // Asked only where it may be otherwise, since the answer has to be waited for.
    const isGradientFinite = kernels.lossScale === undefined || isFiniteGradient(segment.gradients, kernels);
    return { ...segment, isLossFinite: segment.nats.every(Number.isFinite), isGradientFinite };
  };
  return takeGradient(kernels.lossScale, take, ({ gradients, next }) => {
    tf.dispose([...gradients.values()]);
    disposeCarried(next);
  });
}

function isFiniteGradient(gradients: Segment["gradients"], kernels: NeuralKernels): boolean {
  const report = clipByGlobalNorm([...gradients.values()], { clipNorm: Number.POSITIVE_INFINITY, kernels });
  return Number.isFinite(report.normBefore);
}

/** Scores a segment without chance and takes the gradient of its mean loss. @param state borrowed; the caller owns what comes back */
function readSegmentOnce(model: TrainableModel, batch: LaneBatch, state: CarriedState): Segment {
  const names = [...model.parameters.keys()];
  const variables = [...model.parameters.values()];
  let next: CarriedState | undefined;
  let nats = new Float32Array(0);
  let bestNats = new Float32Array(0);
  const gradients = tf.tidy(() => {
    const window = windowTensors(batch);
    const { grads } = tf.variableGrads(() => {
      const { logits, state: behind } = model.windowScores(window, state);
      next = behind;
      const own = model.kernels.crossEntropy({ logits, targets: window.targets });
      const best = tf.cast<tf.Tensor1D>(tf.argMax(logits, 1), "int32");
      nats = own.dataSync<"float32">().slice();
      bestNats = model.kernels.crossEntropy({ logits, targets: best }).dataSync<"float32">().slice();
      return tf.div<tf.Scalar>(tf.sum(tf.mul(own, window.weights)), Math.max(window.targetCount, 1));
    }, variables);
    return variables.map((variable) => grads[variable.name] as tf.Tensor);
  });
  return {
    nats,
    bestNats,
    next: next as unknown as CarriedState,
    gradients: new Map(names.map((name, index) => [name, gradients[index] as tf.Tensor])),
  };
}
