import * as tf from "@tensorflow/tfjs-core";
import type { LstmInput, LstmState, LstmWeights, LstmWindow, NeuralKernels } from "./neuralKernels.ts";
import type { MatchWindow, TokenWindow } from "./tokenWindow.ts";
import { createDropoutMasks } from "./dropoutMasks.ts";
import { assignParameters, createParameters, disposeParameters, readParameters } from "./parameters.ts";
import { narrowSoftmax, type SoftmaxCandidates } from "./softmaxCandidates.ts";
import { MATCH_BIAS, MATCH_KERNEL, parameterShapes, type NetworkSpec, type WeightMap } from "./networkSpec.ts";
import type {
  CarriedState,
  ModelWindow,
  StepChance,
  TrainableModel,
  WindowLoss,
  WindowScores,
} from "./trainableModel.ts";

/** What all layers carry from window to window; index = layer. */
export type NetworkState = readonly LstmState[];

/** One window as tensors; time-major, so that a step's rows lie together. */
export interface NetworkInput {
  /** Each in [0, V); borrowed */
  readonly tokens: TokenWindow;
  /** To be there for a network that reads matches. */
  readonly matches?: MatchWindow;
  readonly window: LstmWindow;
}

/** What a training step passes to the network beyond its window. */
export interface ForwardOptions {
  /**
   * Locked dropout (Gal and Ghahramani 2016): one mask a layer, float32 [1, B, H], that its outputs are multiplied by at every
   * time step; 0 for units that are dropped and 1 / (1 − rate) for the others. Borrowed until the gradient was taken.
   */
  readonly dropoutMasks?: readonly tf.Tensor3D[];
}

export interface NetworkTargets {
  /** int32 [N], each in [0, V) */
  readonly targets: tf.Tensor1D;
  /** [N] */
  readonly weights: tf.Tensor1D;
  /** What the softmax sums over; without it all tokens. */
  readonly candidates?: SoftmaxCandidates;
}

export interface NetworkOutput {
  /** What the softmax reads, [T·B, H], time-major: the top layer's and what matches add; differentiable in the parameters */
  readonly rows: tf.Tensor2D;
  /** Kept outside the current `tf.tidy`; the caller disposes it with `disposeState`. */
  readonly state: NetworkState;
}

/** Embedding, L LSTM layers, softmax tied to the embedding; owns the parameters. */
export class RecurrentNetwork implements TrainableModel {
  public readonly spec: NetworkSpec;
  readonly #kernels: NeuralKernels;
  readonly #parameters: ReadonlyMap<string, tf.Variable>;

  /** @param weights copied; every name and size of `parameterShapes`, or `LmError("modelMismatch")` is thrown */
  public constructor(spec: NetworkSpec, weights: WeightMap, kernels: NeuralKernels) {
    this.spec = spec;
    this.#kernels = kernels;
    this.#parameters = createParameters(parameterShapes(spec), weights);
  }

  /** The parameters by name, in stored order; owned by the network, changed by the optimizer. */
  public get parameters(): ReadonlyMap<string, tf.Variable> {
    return this.#parameters;
  }

  /** The seam this network computes through. */
  public get kernels(): NeuralKernels {
    return this.#kernels;
  }

  public get vocabularySize(): number {
    return this.spec.vocabularySize;
  }

  /** `h/0`, `c/0`, …, float32 [B, H] of zeros. */
  public initialState(laneCount: number): CarriedState {
    return carriedState(this.zeroState(laneCount));
  }

  /** As in `TrainableModel`; units behind every layer are dropped at the rate of the step's chance, locked. */
  public windowLoss(window: ModelWindow, state: CarriedState, { dropoutRate, seed }: StepChance): WindowLoss {
    const { layerCount, hiddenSize } = this.spec;
    const { laneCount } = window.input.window;
    const options: ForwardOptions =
      dropoutRate === 0
        ? {}
        : { dropoutMasks: createDropoutMasks({ rate: dropoutRate, seed, layerCount, laneCount, hiddenSize }) };
    const output = this.forward(window.input, this.#layerStates(state), options);
    return { nats: this.loss(output.rows, window), penalty: null, state: carriedState(output.state) };
  }

  public windowScores(window: ModelWindow, state: CarriedState): WindowScores {
    const output = this.forward(window.input, this.#layerStates(state));
    return { logits: this.logits(output.rows), rows: output.rows, state: carriedState(output.state) };
  }

  /** A state of zeros for B lanes; the caller disposes it with `disposeState`. */
  public zeroState(laneCount: number): NetworkState {
    const zeros = (): tf.Tensor2D => tf.keep(tf.zeros<tf.Rank.R2>([laneCount, this.spec.hiddenSize]));
    return Array.from({ length: this.spec.layerCount }, () => ({ h: zeros(), c: zeros() }));
  }

  /** Unrolls the network over one window. @param state borrowed */
  public forward(
    { tokens, matches, window }: NetworkInput,
    state: NetworkState,
    options: ForwardOptions = {},
  ): NetworkOutput {
    const { hiddenSize: H, layerCount: L } = this.spec;
    const next: LstmState[] = [];
    let input: LstmInput = { kind: "tokens", tokens, table: this.#embedding };
    for (let layer = 0; layer < L; layer++) {
      const result = this.#kernels.lstmSequence({
        input,
        state: state[layer] as LstmState,
        weights: this.#layerWeights(layer),
        window,
      });
      next.push(result.state);
      const mask = options.dropoutMasks?.[layer];
      input = { kind: "vectors", x: mask === undefined ? result.h : tf.mul<tf.Tensor3D>(result.h, mask) };
    }
    const top = (input as Extract<LstmInput, { kind: "vectors" }>).x; // [T, B, H]
    const rows = tf.reshape<tf.Rank.R2>(top, [window.windowTokens * window.laneCount, H]); // [T·B, H]
    return { rows: this.#addMatches(rows, matches), state: next };
  }

  /** Unnormalised scores of every token, [N, V]. @param rows of `forward`, [N, H] */
  public logits(rows: tf.Tensor2D): tf.Tensor2D {
    return this.#kernels.affine({ x: rows, kernel: this.#embedding, isTransposed: true, bias: this.#softmaxBias });
  }

  /** Σ weight · nats over the rows. @param rows of `forward`, [N, H] */
  public loss(rows: tf.Tensor2D, { targets, weights, candidates }: NetworkTargets): tf.Scalar {
    const whole = { kernel: this.#embedding, bias: this.#softmaxBias, targets };
    const { kernel, ...narrow } = narrowSoftmax(whole, candidates, this.#kernels);
    return this.#kernels.softmaxLoss({ rows, embedding: kernel, ...narrow, weights });
  }

  public readWeights(): WeightMap {
    return readParameters(this.#parameters);
  }

  public assignWeights(weights: WeightMap): void {
    assignParameters(this.#parameters, weights);
  }

  public dispose(): void {
    disposeParameters(this.#parameters);
  }

  #layerStates(state: CarriedState): NetworkState {
    return Array.from({ length: this.spec.layerCount }, (_, layer) => ({
      h: state.get(`h/${layer}`) as tf.Tensor2D,
      c: state.get(`c/${layer}`) as tf.Tensor2D,
    }));
  }

  get #embedding(): tf.Variable<tf.Rank.R2> {
    return this.#parameter("embedding") as tf.Variable<tf.Rank.R2>;
  }

  get #softmaxBias(): tf.Variable<tf.Rank.R1> {
    return this.#parameter("softmax/bias") as tf.Variable<tf.Rank.R1>;
  }

  /**
   * h + (h · kernel_r + bias_r) / √H · embedding_v for each row's match; the rows as they are where matches are not read. The divisor keeps a step of Adam, which moves
   * all of a kernel by about as much, from turning the sum over. Throws where matches are read and the window does not tell of them.
   */
  #addMatches(rows: tf.Tensor2D, matches: MatchWindow | undefined): tf.Tensor2D {
    if (this.spec.readsMatches !== true) {
      return rows;
    }
    if (matches === undefined) {
      throw new RangeError("Expected `matches` for a network that reads them, got none");
    }
    const kernel = this.#parameter(MATCH_KERNEL) as tf.Variable<tf.Rank.R2>;
    const bias = this.#parameter(MATCH_BIAS) as tf.Variable<tf.Rank.R1>;
    const weights = this.#kernels.affine({ x: rows, kernel, isTransposed: false, bias }); // [T·B, R]
    const scaled = tf.mul(tf.mul(weights, matches.ranks), 1 / Math.sqrt(this.spec.hiddenSize));
    const weight = tf.sum(scaled, 1, true); // [T·B, 1]
    const suggested = this.#kernels.lookUp(this.#embedding, matches.tokens); // [T·B, H]
    return tf.add(rows, tf.mul(suggested, weight));
  }

  #layerWeights(layer: number): LstmWeights {
    return {
      inputKernel: this.#parameter(`lstm/${layer}/inputKernel`) as tf.Variable<tf.Rank.R2>,
      recurrentKernel: this.#parameter(`lstm/${layer}/recurrentKernel`) as tf.Variable<tf.Rank.R2>,
      bias: this.#parameter(`lstm/${layer}/bias`) as tf.Variable<tf.Rank.R1>,
    };
  }

  #parameter(name: string): tf.Variable {
    return this.#parameters.get(name) as tf.Variable;
  }
}

/** Releases a state. Twice is allowed. */
export function disposeState(state: NetworkState): void {
  for (const { h, c } of state) {
    h.dispose();
    c.dispose();
  }
}

function carriedState(state: NetworkState): CarriedState {
  return new Map(
    state.flatMap(({ h, c }, layer) => [
      [`h/${layer}`, h],
      [`c/${layer}`, c],
    ]),
  );
}
